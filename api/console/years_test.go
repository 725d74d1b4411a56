package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALineOfAYearThatIsNoneIsNamedAndWhatWasTypedStays(t *testing.T) {
	t.Parallel()

	const fine = "2027-01-01 2027-01-03 元旦 New Year"
	for _, x := range []struct{ year, off, working, wrong string }{
		{"next", fine, "", "“年份”的格式不对：YYYY"},
		{"2027", fine + "\n2027-05-01", "", "“放假”的格式不对：2: YYYY-MM-DD"},
		{"2027", "2027-13-01 2027-01-03 元旦 New Year", "", "“放假”的格式不对：1: YYYY-MM-DD"},
		{"2027", fine, "2027-01-09\n9 January", "“调休上班”的格式不对：2: YYYY-MM-DD"},
	} {
		b := setup(t, plain())
		got := b.post(t, "officer", "/console/calendar-years", "year", x.year, "off", x.off, "working", x.working, "reason", "公布")
		require.Equal(t, http.StatusUnprocessableEntity, got.Code)
		page := got.Body.String()
		require.Contains(t, page, x.wrong)
		require.Contains(t, page, strings.Split(x.off, "\n")[0])
		require.Empty(t, b.desk.calls)
	}
}

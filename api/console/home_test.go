package console

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

// TestWhoeverSignsInHasAFirstPageAndEveryLinkOfTheMenuIsTheirs follows the menu as each of the
// people, the keepers of the house included, who may not read items.
func TestWhoeverSignsInHasAFirstPageAndEveryLinkOfTheMenuIsTheirs(t *testing.T) {
	t.Parallel()

	links := regexp.MustCompile(`<a class="n" href="([^"]+)"`)
	for login := range people {
		t.Run(login, func(t *testing.T) {
			t.Parallel()

			b := setup(t, plain())
			home := b.get(t, login, "/console")
			if home.Code == http.StatusSeeOther {
				home = b.get(t, login, home.Header().Get("Location"))
			}
			require.Equal(t, http.StatusOK, home.Code, home.Body.String())
			menu := links.FindAllStringSubmatch(home.Body.String(), -1)
			require.NotEmpty(t, menu)
			for _, link := range menu {
				got := b.get(t, login, link[1])
				if got.Code == http.StatusSeeOther {
					got = b.get(t, login, got.Header().Get("Location"))
				}
				require.Equal(t, http.StatusOK, got.Code, link[1])
			}
		})
	}
}

// TestAReleaseOnApprovalHasNoTimeBeforeThat shows an instant only once it is known.
func TestAReleaseOnApprovalHasNoTimeBeforeThat(t *testing.T) {
	t.Parallel()

	for _, plan := range []disclosure.Plan{{OnApproval: true}, {NextWindow: true}} {
		b := setup(t, plain())
		b.desk.item.State, b.desk.item.ReleaseAt, b.desk.item.Draft.Release = disclosure.InReview, &morning, plan
		words := map[bool]string{true: "批准即发布", false: "下一个发布时段"}[plan.OnApproval]
		section := func() string {
			_, rest, _ := strings.Cut(b.get(t, "leader", "/console/items/d1").Body.String(), `id="s-plan"`)
			line, _, _ := strings.Cut(rest, "</dd>")
			return line
		}
		require.Contains(t, section(), words)
		for _, never := range []disclosure.State{disclosure.NotReleased, disclosure.Withdrawn} {
			b.desk.item.State = never
			require.Contains(t, section(), words)
		}
		b.desk.item.State = disclosure.Armed
		require.NotContains(t, section(), words, "now it is known")
	}
}

// TestTheRouteOfWhatIsNotReleasedEndsWithoutATime shows the instant of a plan at the end of the
// route only while a release may follow.
func TestTheRouteOfWhatIsNotReleasedEndsWithoutATime(t *testing.T) {
	t.Parallel()

	for state, follows := range map[disclosure.State]bool{
		disclosure.InReview: true, disclosure.Armed: true, disclosure.NotReleased: false, disclosure.OnAsk: false, disclosure.Withdrawn: false,
	} {
		b := setup(t, plain())
		b.desk.item.State, b.desk.item.ReleaseAt, b.desk.item.Draft.Release = state, &morning, disclosure.Plan{At: morning}
		_, route, drawn := strings.Cut(b.get(t, "leader", "/console/items/d1").Body.String(), `<ol class="route">`)
		require.True(t, drawn, state)
		route, _, _ = strings.Cut(route, "</ol>")
		last := route[strings.LastIndex(route, "<li"):]
		require.Equal(t, follows, strings.Contains(last, "<time"), "%s: %s", state, last)
	}
}

// TestATokenIsGoodForTheDayThatWasTyped says the last day of a token, not the moment after it.
func TestATokenIsGoodForTheDayThatWasTyped(t *testing.T) {
	t.Parallel()

	page := setup(t, plain()).get(t, "leader", "/console/me").Body.String()
	require.Contains(t, page, "2027年1月31日")
	require.NotContains(t, page, "2027年2月1日")
}

package console

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
)

func TestWhoSignsSeesWhetherTheInterpretationIsThere(t *testing.T) {
	t.Parallel()

	const missing = "尚未获批。没有它，最后审签不能通过"
	for name, c := range map[string]struct {
		companion *desk.Companion
		shown     string
		hidden    string
	}{
		"there":         {&desk.Companion{Kind: "interpretation", Approved: true}, "编号", missing},
		"not there":     {&desk.Companion{Kind: "interpretation"}, "配套的政策解读" + missing, "签批即同意"},
		"not needed":    {&desk.Companion{Kind: "interpretation", Waiver: "仅改编号"}, "仅改编号", missing},
		"nothing asked": {nil, "编号", "id=\"ties\""},
	} {
		b := setup(t, plain())
		b.desk.item.Companion = c.companion
		page := b.get(t, "leader", "/console/items/d1").Body.String()
		require.Contains(t, page, c.shown, name)
		require.NotContains(t, page, c.hidden, name)
	}
}

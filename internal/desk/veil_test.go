package desk

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/compare"
)

func TestNoPartOfAMaskedValueIsToldByTheWordsThatChanged(t *testing.T) {
	t.Parallel()

	found := []Finding{
		{Excerpt: "张甲", Mask: "张*"},
		{Excerpt: "张乙", Mask: "张*"},
		{Excerpt: "张乙丙", Mask: "张**"},
		{Excerpt: "99010219900101231X", Mask: "990102********231X"},
		{Excerpt: "99010219900101999X", Mask: "990102********999X"},
	}
	for name, tc := range map[string]struct{ before, after, want string }{
		"ANameThatKeepsAcharacter":   {"负责人张甲到场。", "负责人张乙到场。", "负责人[-张*-]{+张*+}到场。"},
		"ANameThatBeginsWithAnother": {"负责人张乙到场。", "负责人张乙丙到场。", "负责人[-张*-]{+张**+}到场。"},
		"ANumberThatKeepsItsEnd":     {"证号99010219900101231X。", "证号99010219900101999X。", "证号[-990102********231X-]{+990102********999X+}。"},
		"TheWordsBeside":             {"请张甲到场。", "请张甲及时到场。", "请张*{+及时+}到场。"},
	} {
		v := newVeil(found)
		var got strings.Builder
		for _, p := range v.lift(compare.Texts(v.lower(tc.before), v.lower(tc.after))) {
			for _, s := range p.Spans {
				got.WriteString(map[compare.Kind]string{compare.Same: s.Text, compare.Removed: "[-" + s.Text + "-]", compare.Added: "{+" + s.Text + "+}"}[s.Kind])
			}
		}
		require.Equal(t, tc.want, got.String(), name)
	}
}

package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/detect"
	"shenfa/internal/testkit"
)

func TestAUnitsOwnListIsVersionedSealedAndDated(t *testing.T) {
	t.Parallel()

	b := setup(t)
	other := testkit.AddBureau(t, b.Stored, "OT")
	read := func(rows string) detect.Lexicon {
		l, err := detect.ParseLexicon(strings.NewReader(rows))
		require.NoError(t, err)
		return l
	}
	const first, second = "term,class,reason\n青松工程,HOLD,内部项目代号\n", "term,class,reason,from,expires\n青松工程,HOLD,内部项目代号,,2090-11-30\n白杨工程,WARN,内部项目代号,2091-01-01,\n"
	none, err := b.Lexicon(t.Context(), b.Unit, time.Now())
	require.NoError(t, err)
	require.Empty(t, none.Version)

	for i, rows := range []string{first, first, second} { // the same again changes nothing
		v, err := b.ImportLexicon(t.Context(), b.Confidentiality, read(rows), []byte(rows))
		require.NoError(t, err)
		require.Equal(t, []int{1, 1, 2}[i], v)
	}
	all, err := b.Lexicons(t.Context(), b.Unit)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []int{2, 2}, []int{all[0].Version, all[0].Terms})
	rows, err := b.LexiconRows(t.Context(), b.Unit, 1)
	require.NoError(t, err)
	require.Equal(t, first, string(rows))
	require.NotContains(t, string(cell[[]byte](t, b, `SELECT sealed FROM lexicons WHERE version = 1`)), "青松", "sealed")

	later := time.Date(2095, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		at   string
		want []string
	}{
		{"2090-11-30T23:59:59+08:00", []string{"青松工程"}},
		{"2090-12-01T00:00:00+08:00", nil},
		{"2091-01-01T00:00:00+08:00", []string{"白杨工程"}},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		require.NoError(t, err)
		l, err := b.Lexicon(t.Context(), b.Unit, at)
		require.NoError(t, err)
		var terms []string
		for _, x := range l.Terms {
			terms = append(terms, x.Term)
		}
		require.Equal(t, tc.want, terms, tc.at)
		again, err := b.Lexicon(t.Context(), b.Unit, at)
		require.NoError(t, err)
		require.Equal(t, l.Version, again.Version)
	}
	l, err := b.Lexicon(t.Context(), b.Unit, later)
	require.NoError(t, err)
	require.NotEqual(t, read(second).Version, l.Version, "what was checked before a term expired was checked on another list")

	none, err = b.Lexicon(t.Context(), other.Unit, later)
	require.NoError(t, err)
	require.Empty(t, none.Version, "another unit has not our list")
}

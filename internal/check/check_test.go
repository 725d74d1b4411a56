package check

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// TestWhoOpensFilesIsAsked: and a file that it cannot read is a finding that holds,
// while a fault of its own is none of the file's.
func TestWhoOpensFilesIsAsked(t *testing.T) {
	t.Parallel()
	checker, err := At(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	through := func(d document.Document, err error) ([]detect.Finding, error) {
		_, found, err := checker.Through(func(_ context.Context, name string, data []byte, limits document.Limits) (document.Document, error) {
			require.Equal(t, "a.txt", name)
			require.Equal(t, "清洁", string(data))
			require.Equal(t, document.DefaultLimits(), limits)
			return d, err
		}).File(t.Context(), "a.txt", []byte("清洁"), "notice")
		return found, err
	}
	found, err := through(document.Document{Parts: []document.Part{{Name: "body", Text: "机密★10年"}}}, nil)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.True(t, found[0].Quarantine)

	found, err = through(document.Document{}, &document.Unreadable{Reason: "damaged", Detail: "reader crashed"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.GreaterOrEqual(t, found[0].Class.Rank(), detect.Hold.Rank())

	broken := errors.New("no readers")
	_, err = through(document.Document{}, broken)
	require.ErrorIs(t, err, broken)

	_, found, err = checker.Through(nil).File(t.Context(), "a.txt", []byte("机密★10年"), "notice")
	require.NoError(t, err)
	require.True(t, found[0].Quarantine, "without anybody to ask it opens files itself")
}

package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/testkit"
)

func TestMetricsCountWhatIsThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	testkit.Draft(t, b.Stored, b.Bureau)
	testkit.Armed(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook")) // in an hour
	dueNow(t, b)
	require.NoError(t, b.AddFreeze(t.Context(), newID(), b.Officer, "all", "", "演练"))
	m, err := b.Metrics(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"draft": 1, "armed": 2}, m.States)
	require.Equal(t, 1, m.Unsent, "of the one whose instant has come")
	require.Equal(t, 1, m.Frozen)
	require.Positive(t, m.LedgerWaiting, "nobody sequences here")
}

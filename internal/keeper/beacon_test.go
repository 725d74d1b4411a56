package keeper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// outside is an address that is told.
type outside struct {
	*httptest.Server
	mu     sync.Mutex
	told   []map[string]any
	status int
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{status: http.StatusNoContent}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var said map[string]any
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &said) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	o.told = append(o.told, said)
	w.WriteHeader(o.status)
}

// post asks an address to take what it is told.
func post(ctx context.Context, to string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return errors.New(res.Status)
	}
	return nil
}

// heard is how many overdue items each message told of.
func (o *outside) heard(t *testing.T) (overdue []int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, said := range o.told {
		for key, value := range said {
			n, number := value.(float64)
			require.True(t, number, "%s tells more than a number", key)
			if key == "overdue" {
				overdue = append(overdue, int(n))
			}
		}
	}
	return overdue
}

// F5: whoever is to be told is told once of each change, until it has arrived; and a
// watchdog that stands still is betrayed by silence.
func TestF5_LatenessIsToldOutsideAndSilenceIsAnAlarm(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "KB")
	i := testkit.Approved(t, s, b, testkit.ReleaseIn(time.Hour))
	shifted, shift := later(t, s)
	alerts, beats := newOutside(t), newOutside(t)
	beacon := &Beacon{Post: post, Alert: alerts.URL, Heartbeat: beats.URL}
	turns := int64(0)
	tell := func(after time.Duration) error {
		shift(after)
		return beacon.tell(t.Context(), shifted.Store, turns)
	}
	require.NoError(t, tell(0))
	require.Empty(t, beats.heard(t), "the watchdog has not gone round yet")
	turns++
	require.NoError(t, tell(0))
	turns++
	require.NoError(t, tell(30*time.Second))
	require.Len(t, beats.heard(t), 1, "once a minute")
	require.NoError(t, tell(61*time.Second))
	require.NoError(t, tell(5*time.Minute))
	require.Len(t, beats.heard(t), 2, "the watchdog stands still")
	require.Empty(t, alerts.heard(t), "all is well")

	alerts.status = http.StatusBadGateway
	require.Error(t, tell(time.Hour+20*time.Second))
	alerts.status = http.StatusOK
	require.NoError(t, tell(time.Hour+30*time.Second))
	require.NoError(t, tell(time.Hour+40*time.Second))
	require.Equal(t, []int{1, 1}, alerts.heard(t), "again until it has arrived, then no more")
	root := testkit.Open(t, s.Superuser)
	_, err := root.ExecContext(t.Context(), `UPDATE disclosures SET release_at = release_at + interval '1 day' WHERE id = $1`, i.ID)
	require.NoError(t, err)
	require.NoError(t, tell(time.Hour+50*time.Second))
	require.Equal(t, []int{1, 1, 0}, alerts.heard(t), "and that it is over")
}

// R7, the other half: of what a lost timer leaves undone, the road is woken and somebody
// outside is told within a minute of the instant.
func TestR7_LostTimerIsAlertedWithinAMinute(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "KB")
	i := testkit.Approved(t, s, b, testkit.ReleaseIn(time.Hour))
	shifted, shift := later(t, s)
	k, far, _ := setup(t, shifted)
	alerts := newOutside(t)
	k.Beacon = &Beacon{Post: post, Alert: alerts.URL}
	shift(time.Hour - 18*time.Second)
	start(t, k)
	begin := time.Now() // eighteen seconds before the instant
	require.Eventually(t, func() bool { return len(alerts.heard(t)) > 0 }, 17*time.Second, 100*time.Millisecond, "it is not armed, and its instant is near")
	require.Equal(t, 0, alerts.heard(t)[0], "nothing is late yet")
	require.Eventually(t, func() bool { return slices.Contains(alerts.heard(t), 1) }, 78*time.Second, 100*time.Millisecond)
	require.GreaterOrEqual(t, time.Since(begin), 18*time.Second, "not before it is late")
	require.Eventually(t, func() bool {
		far.mu.Lock()
		defer far.mu.Unlock()
		return slices.Contains(far.ids, workflows.DisclosureID(i.ID)+" "+workflows.Wake)
	}, time.Until(begin.Add(78*time.Second)), 100*time.Millisecond)
}

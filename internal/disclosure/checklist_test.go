package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheChecklistNamesEveryFieldThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC)
	missing := func(d Draft, a Around) (fields []string) {
		a.Now = now
		for _, p := range d.Checklist(a) {
			if p.Error && !p.Done {
				require.NotEmpty(t, p.Code, p.Field)
				fields = append(fields, p.Field)
			}
		}
		return fields
	}
	require.Equal(t, []string{"title", "kind", "formed_on", "body", "attribute", "channels", "release.at", "release.late"}, missing(Draft{}, Around{}))
	whole := Draft{
		Metadata: Metadata{Title: "通报", Kind: "notice", FormedOn: "2026-11-20"}, Attribute: Proactive, Channels: []string{"portal"}, Body: &File{},
		Release: Plan{At: now.Add(time.Hour), Zone: DefaultZone, Late: LateHold},
	}
	require.NoError(t, whole.Complete(now))
	require.Empty(t, missing(whole, Around{}))
	require.Equal(t, []string{"correction"}, missing(whole, Around{Correction: true}))
	whole.Release.At = now.Add(-time.Hour)
	require.Equal(t, []string{"release.at"}, missing(whole, Around{}))
}

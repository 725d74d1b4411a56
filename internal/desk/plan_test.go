package desk

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

type planning struct {
	*Desk
	testkit.Stored
	testkit.Bureau
	now time.Time
}

func plans(t *testing.T, cacheLife time.Duration) planning {
	t.Helper()
	s := testkit.Store(t)
	cal, err := calendar.Default()
	require.NoError(t, err)
	now, err := s.Now(t.Context())
	require.NoError(t, err)
	return planning{
		Desk:   New(Config{Store: s.Store, Calendar: calendar.Hold(cal), Channels: []string{"portal", "webhook"}, CacheLife: cacheLife, Log: slog.New(slog.DiscardHandler), Cores: 1}),
		Stored: s, Bureau: testkit.AddBureau(t, s, "AA"), now: now,
	}
}

// as is somebody who has shown who they are.
func (p planning) as(person disclosure.Person) Actor { return Actor{Person: person, proved: true} }

func (p planning) order(t *testing.T, from, until time.Time) string {
	t.Helper()
	b, err := p.AddBlackout(t.Context(), p.as(p.Officer), uuid.NewString(), BlackoutInput{From: from, Until: until, Exempt: []string{"warning", "warning"}, Reason: "会议"})
	require.NoError(t, err)
	require.Equal(t, []string{"warning"}, b.Exempt)
	return b.ID
}

func TestWhatASubmissionIsRefusedForItsPlan(t *testing.T) {
	t.Parallel()

	p := plans(t, 10*time.Minute)
	p.order(t, p.now.Add(5*time.Hour), p.now.Add(6*time.Hour))
	for name, tc := range map[string]struct {
		change func(*disclosure.Draft)
		want   disclosure.Code
	}{
		"Fits":    {func(d *disclosure.Draft) { d.Release.At = p.now.Add(time.Hour) }, ""},
		"TooSoon": {func(d *disclosure.Draft) { d.Release.At = p.now.Add(5 * time.Minute) }, disclosure.ReleaseTooSoon},
		"NoCacheBeforeItsChannel": {func(d *disclosure.Draft) {
			d.Release.At, d.Channels = p.now.Add(5*time.Minute), []string{"webhook"}
		}, ""},
		"InABlackout":            {func(d *disclosure.Draft) { d.Release.At = p.now.Add(330 * time.Minute) }, disclosure.ReleaseBlackout},
		"ItsKindIsExempt":        {func(d *disclosure.Draft) { d.Release.At, d.Kind = p.now.Add(330*time.Minute), "warning" }, ""},
		"LongerThanAnApproval":   {func(d *disclosure.Draft) { d.Release.At = p.now.AddDate(0, 0, 91) }, disclosure.ApprovalExpires},
		"OnApprovalIsSeenThen":   {func(d *disclosure.Draft) { d.Release.OnApproval = true }, ""},
		"NextWindowIsSeenThen":   {func(d *disclosure.Draft) { d.Release.NextWindow = true }, ""},
		"AWarningGrowsOldSooner": {func(d *disclosure.Draft) { d.Release.At, d.Kind = p.now.AddDate(0, 0, 3), "warning" }, disclosure.ApprovalExpires},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := disclosure.Draft{Channels: []string{"portal"}, Release: disclosure.Plan{Zone: disclosure.DefaultZone}}
			d.Kind = "notice"
			tc.change(&d)
			_, err := p.admit(t.Context(), p.as(p.Drafter), d)
			require.Equal(t, tc.want, disclosure.CodeOf(err), "%v", err)
		})
	}
}

func TestAPlanForTheNextWindowReachesPastHolidays(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	eve := time.Date(2026, 9, 30, 12, 0, 0, 0, time.UTC) // 20:00 before the seven days of the National Day
	draft := disclosure.Draft{Release: disclosure.Plan{NextWindow: true}}
	plan := p.bounded(draft, p.Unit, nil, eve)
	require.Equal(t, "2026-10-13 17:30", disclosure.ShowInstant(plan.Latest, disclosure.DefaultZone), "the fifth window, Saturday the 10th worked")
	limit := time.Date(2026, 10, 8, 16, 0, 0, 0, time.UTC)
	require.Equal(t, limit, p.bounded(draft, p.Unit, &Lawful{Latest: limit}, eve).Latest, "but not past the law")

	act := disclosure.Act{Kind: "notice", Channels: []string{"portal"}, NotBefore: eve, Latest: plan.Latest}
	terms := disclosure.Terms{Now: eve, Blackouts: []disclosure.Blackout{{Window: disclosure.Window{
		From: time.Date(2026, 10, 8, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 10, 9, 2, 0, 0, 0, time.UTC),
	}}}}
	windows := p.windows(p.Unit, act, terms)
	require.Len(t, windows, 4)
	require.Equal(t, "2026-10-09 10:00", disclosure.ShowInstant(windows[0].From, disclosure.DefaultZone), "what the blackout leaves")

	exact := disclosure.Draft{Release: disclosure.Plan{At: eve}}
	require.True(t, p.bounded(exact, p.Unit, nil, eve).Latest.IsZero(), "another plan keeps its week")
	require.Equal(t, eve.Add(disclosure.DefaultWindow), p.bounded(exact, p.Unit, &Lawful{Latest: eve.AddDate(0, 1, 0)}, eve).Latest)
}

func TestAMoveIsAdmittedAsAPlanIs(t *testing.T) {
	t.Parallel()

	p := plans(t, 10*time.Minute)
	i := testkit.Approved(t, p.Stored, p.Bureau, testkit.ReleaseIn(time.Minute))
	order := p.order(t, p.now.Add(5*time.Hour), p.now.Add(6*time.Hour))
	move := func(to time.Duration) disclosure.Code {
		return disclosure.CodeOf(p.admitMove(t.Context(), p.as(p.Officer), i.ID, disclosure.Act{Type: disclosure.Reschedule, By: p.Officer, ReleaseAt: p.now.Add(to)}))
	}
	require.Equal(t, disclosure.ReleaseTooSoon, move(5*time.Minute))
	require.Equal(t, disclosure.ReleaseBlackout, move(330*time.Minute))
	require.Empty(t, move(2*time.Hour))
	require.Empty(t, move(365*24*time.Hour), "what the rules refuse is left to them")
	require.Equal(t, 2, cell(t, p, `SELECT count(*) FROM shenfa.audit WHERE action = 'denied:reschedule'`), "each refusal is on record")
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(p.admitMove(t.Context(), p.as(p.Officer), uuid.NewString(), disclosure.Act{Type: disclosure.Reschedule})))

	require.NoError(t, p.LiftBlackout(t.Context(), p.as(p.Officer), order))
	require.Empty(t, move(330*time.Minute))
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(p.LiftBlackout(t.Context(), p.as(p.Drafter), order)))
}

func cell(t *testing.T, p planning, query string) (n int) {
	t.Helper()
	require.NoError(t, testkit.Open(t, p.Superuser).GetContext(t.Context(), &n, query))
	return n
}

func TestWhatABlackoutMustBe(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	good := BlackoutInput{From: p.now.Add(time.Hour), Until: p.now.Add(2 * time.Hour), Reason: "会议"}
	for name, tc := range map[string]struct {
		by     disclosure.Person
		change func(*BlackoutInput)
		code   disclosure.Code
		field  string
	}{
		"ByADrafter":      {p.Drafter, func(*BlackoutInput) {}, disclosure.Forbidden, ""},
		"NoStart":         {p.Officer, func(b *BlackoutInput) { b.From = time.Time{} }, disclosure.Required, "from"},
		"NoEnd":           {p.Officer, func(b *BlackoutInput) { b.Until = time.Time{} }, disclosure.Required, "until"},
		"EndsAtItsStart":  {p.Officer, func(b *BlackoutInput) { b.Until = b.From }, disclosure.BadValue, "until"},
		"IsOver":          {p.Officer, func(b *BlackoutInput) { b.From, b.Until = p.now.Add(-2*time.Hour), p.now.Add(-time.Hour) }, disclosure.BadValue, "until"},
		"ForTwoYears":     {p.Officer, func(b *BlackoutInput) { b.Until = b.From.AddDate(2, 0, 0) }, disclosure.BadValue, "until"},
		"NoReason":        {p.Officer, func(b *BlackoutInput) { b.Reason = "  " }, disclosure.ReasonRequired, "reason"},
		"AnUnknownKind":   {p.Officer, func(b *BlackoutInput) { b.Kinds = []string{"gossip"} }, disclosure.BadValue, "kinds"},
		"AnUnknownExempt": {p.Officer, func(b *BlackoutInput) { b.Exempt = []string{"gossip"} }, disclosure.BadValue, "exempt"},
		"ForNoChannel":    {p.Officer, func(b *BlackoutInput) { b.Channels = []string{"pigeon"} }, disclosure.UnknownChannel, "channels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			in := good
			tc.change(&in)
			_, err := p.AddBlackout(t.Context(), p.as(tc.by), uuid.NewString(), in)
			r := (*disclosure.Refusal)(nil)
			require.ErrorAs(t, err, &r)
			require.Equal(t, []any{tc.code, tc.field}, []any{r.Code, r.Field})
		})
	}
}

func TestAPlanIsExplainedToWhoMaySeeTheItem(t *testing.T) {
	t.Parallel()

	p := plans(t, 10*time.Minute)
	i := testkit.Draft(t, p.Stored, p.Bureau)
	i.Edit(t, p.Drafter, func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
		d.FormedOn, d.Release.At = p.now.Format(time.DateOnly), p.now.Add(5*time.Minute)
		return nil
	})
	got, err := p.Plan(t.Context(), p.as(p.Drafter), i.ID)
	require.NoError(t, err)
	require.Equal(t, disclosure.ReleaseTooSoon, got.Refused.Code)
	require.True(t, got.Possible)
	require.NotEmpty(t, got.Refused.Zh)
	codes := map[string]bool{}
	for _, r := range got.Reasons {
		codes[r.Code] = true
	}
	require.Equal(t, map[string]bool{"now": true, "approved_from": true, "cache": true, "approved_until": true, "law": true, "approval_lasts": true}, codes)

	_, err = p.Plan(t.Context(), p.as(p.Officer), i.ID)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "a draft is its section's")
	i = testkit.Approved(t, p.Stored, p.Bureau, testkit.ReleaseIn(5*time.Minute))
	got, err = p.Plan(t.Context(), p.as(p.Officer), i.ID)
	require.NoError(t, err)
	require.Nil(t, got.Refused, "what is planned already is not too soon")
	require.True(t, got.At.Equal(i.Case.ReleaseAt))
}

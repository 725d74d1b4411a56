package disclosure

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// hour is so many hours after monday, 09:00 in Beijing.
func hour(n int) time.Time { return monday.Add(time.Duration(n) * time.Hour) }

func quiet(from, until int, change func(*Blackout)) Blackout {
	b := Blackout{ID: "b", Window: Window{From: hour(from), Until: hour(until)}}
	if change != nil {
		change(&b)
	}
	return b
}

func TestABlackoutCoversWhatItNames(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		b    Blackout
		at   time.Time
		want bool
	}{
		"ItsFirstInstant":            {quiet(1, 2, nil), hour(1), true},
		"NotTheOneBefore":            {quiet(1, 2, nil), hour(1).Add(-time.Nanosecond), false},
		"NotTheOneAfter":             {quiet(1, 2, nil), hour(2), false},
		"ItsKind":                    {quiet(1, 2, func(b *Blackout) { b.Kinds = []string{"notice"} }), hour(1), true},
		"NotAnotherKind":             {quiet(1, 2, func(b *Blackout) { b.Kinds = []string{"policy"} }), hour(1), false},
		"OneChannelKeepsTheItemBack": {quiet(1, 2, func(b *Blackout) { b.Channels = []string{"wechat"} }), hour(1), true},
		"NotAChannelItDoesNotGoTo":   {quiet(1, 2, func(b *Blackout) { b.Channels = []string{"rss"} }), hour(1), false},
		"NotWhatIsExempt":            {quiet(1, 2, func(b *Blackout) { b.Exempt = []string{"notice"} }), hour(1), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, tc.b.Covers("notice", []string{"portal", "wechat"}, tc.at))
		})
	}
}

func TestWhatCannotBePlannedIsRefusedWithTheNextInstant(t *testing.T) {
	t.Parallel()

	terms := Terms{Now: hour(0), Lead: 20 * time.Minute, Blackouts: []Blackout{
		quiet(2, 4, nil), quiet(4, 5, func(b *Blackout) { b.Kinds = []string{"notice"} }), quiet(5, 6, func(b *Blackout) { b.Kinds = []string{"policy"} }),
	}}
	for name, tc := range map[string]struct {
		at   time.Time
		code Code
		next string
	}{
		"TooSoon":               {hour(0).Add(19 * time.Minute), ReleaseTooSoon, "2026-01-05 09:20"},
		"JustLateEnough":        {hour(0).Add(20 * time.Minute), "", ""},
		"InTheFirstOfTwo":       {hour(3), ReleaseBlackout, "2026-01-05 14:00"},
		"WhenTheyMeet":          {hour(4), ReleaseBlackout, "2026-01-05 14:00"},
		"WhereAnotherKindWaits": {hour(5), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := terms.Admit("notice", []string{"portal"}, tc.at, "release.at", DefaultZone)
			if tc.code == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, tc.code)
			r := (*Refusal)(nil)
			require.ErrorAs(t, err, &r)
			require.Equal(t, "release.at", r.Field)
			require.Contains(t, []string{r.Params["next"], r.Params["earliest"]}, tc.next)
		})
	}

	// What is shown to the minute is not a minute too early.
	odd := Terms{Now: hour(0).Add(time.Second), Lead: 20 * time.Minute}
	err := odd.Admit("notice", []string{"portal"}, hour(0), "at", DefaultZone)
	require.Contains(t, err.(*Refusal).Sentence("en"), "09:21")
	require.NoError(t, Terms{Now: hour(0)}.Admit("notice", nil, hour(0), "at", DefaultZone), "without caches nothing is too soon")
}

// Whatever blackouts there are, the next instant is free, not before the one asked for,
// and nothing between the two was free.
func TestTheNextInstantIsTheFirstFreeOne(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		var terms Terms
		for range rapid.IntRange(0, 6).Draw(t, "blackouts") {
			from := rapid.IntRange(0, 40).Draw(t, "from")
			terms.Blackouts = append(terms.Blackouts, quiet(from, from+rapid.IntRange(1, 12).Draw(t, "for"), func(b *Blackout) {
				b.Exempt = rapid.SampledFrom([][]string{nil, {"notice"}, {"policy"}}).Draw(t, "exempt")
			}))
		}
		at := rapid.IntRange(0, 50).Draw(t, "at")
		next := terms.Next("notice", []string{"portal"}, hour(at))
		_, covered := terms.Blackout("notice", []string{"portal"}, next)
		require.False(t, covered)
		require.False(t, next.Before(hour(at)))
		for h := at; hour(h).Before(next); h++ {
			_, covered := terms.Blackout("notice", []string{"portal"}, hour(h))
			require.True(t, covered, "%s was free", hour(h))
		}
		// Windows lose exactly the hours that are covered.
		open := terms.Open([]Window{{hour(0), hour(10)}, {hour(20), hour(30)}}, "notice", []string{"portal"})
		for h := range 40 {
			_, covered := terms.Blackout("notice", []string{"portal"}, hour(h))
			in := false
			for _, w := range open {
				in = in || w.Holds(hour(h))
			}
			require.Equal(t, (h < 10 || h >= 20 && h < 30) && !covered, in, "hour %d of %v", h, open)
		}
	})
}

// forWindow waits for its last decision, and is to be released in a window after it.
func forWindow(t *testing.T, windows ...Window) Case {
	c := NewCase("one", "SF", "safety", author.ID)
	s := submission(t, c, "fast")
	s.NextWindow, s.NotBefore, s.Windows = true, monday, windows
	c = take(t, c, s, Act{Type: Checked})
	return pass(t, c, dutyOfficer)
}

func TestApprovalFindsTheNextPublishingWindow(t *testing.T) {
	t.Parallel()

	c := forWindow(t, Window{hour(0), hour(8)}, Window{hour(24), hour(32)})
	for name, tc := range map[string]struct {
		at, want   time.Time
		onApproval bool // nobody has to be there at an instant
	}{
		"InAnOpenWindowAtOnce":        {hour(7), hour(7), true},
		"AfterItTheNext":              {hour(8), hour(24), false},
		"AtNightTheNext":              {hour(20), hour(24), false},
		"NotBeforeItWasSubmitted":     {hour(-5), hour(0), false},
		"InTheLastMomentOfTheLastOne": {hour(32).Add(-1), hour(32).Add(-1), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			last := passes(c, dutyLeader)
			last.At = tc.at
			after := take(t, c, last)
			require.Equal(t, Approved, after.State)
			require.Equal(t, tc.want, after.ReleaseAt)
			require.Equal(t, tc.onApproval, after.OnApproval)
			require.Equal(t, tc.at, after.ApprovedAt)
		})
	}

	// Without a window that is left, there is nothing to approve; it goes back instead.
	late := passes(c, dutyLeader)
	late.At = hour(32)
	refused(t, c.Check(late), ReleaseNoWindow)
	back := decides(c, dutyLeader, ReturnToEarlier)
	back.At = hour(32)
	require.Equal(t, Returned, take(t, c, back).State)

	// A window that opens after the last instant is none.
	narrow := c
	narrow.Latest = hour(23)
	last := passes(c, dutyLeader)
	last.At = hour(9)
	refused(t, narrow.Check(last), ReleaseNoWindow)
	s := submission(t, NewCase("one", "SF", "safety", author.ID), "fast")
	s.NextWindow = true
	refused(t, NewCase("one", "SF", "safety", author.ID).Check(s), ReleaseNoWindow)
}

func TestAPlanIsOfOneKind(t *testing.T) {
	t.Parallel()

	require.Equal(t, BadValue, CodeOf(Plan{NextWindow: true, OnApproval: true}.validate()))
	require.Equal(t, BadValue, CodeOf(Plan{NextWindow: true, At: monday}.validate()))
	require.NoError(t, Plan{NextWindow: true}.validate())

	r, err := NewRelease(Plan{NextWindow: true, Zone: DefaultZone, Late: LateHold}, monday)
	require.NoError(t, err)
	require.True(t, r.NextWindow)
	require.Equal(t, monday.Format(time.RFC3339Nano), r.NotBefore, "not before it is submitted")
}

func TestAnApprovalGrowsOld(t *testing.T) {
	t.Parallel()

	c := approved(t)
	c.Latest, c.ClearDays, c.ApprovedAt = plannedA.AddDate(1, 0, 0), 10, monday
	end := monday.AddDate(0, 0, 10)
	move := func(to time.Time) Act {
		return Act{Type: Reschedule, By: author, At: monday, ReleaseAt: to, Opinion: "words"}
	}
	require.NoError(t, c.Check(move(end)))
	refused(t, c.Check(move(end.Add(1))), ApprovalExpires)
	require.Equal(t, end, c.Last())
	require.False(t, c.Expired(end))
	require.True(t, c.Expired(end.Add(1)))

	c.Latest = plannedA
	require.Equal(t, plannedA, c.Last(), "the window may end sooner")
	c.ClearDays = 0
	require.True(t, c.ApprovalEnds().IsZero(), "without a rule it is good for ever")

	// New approvals count from then on.
	c = take(t, approved(t), Act{Type: Withdraw, By: author, At: monday, Opinion: "words"})
	s := submission(t, c, "ordinary")
	s.ClearDays = 10
	c = take(t, c, s, Act{Type: Checked})
	require.True(t, c.ApprovedAt.IsZero())
	require.Equal(t, monday.AddDate(0, 0, 10), pass(t, c, head, reviewer, deputy).ApprovalEnds())
}

func TestTheRulesOfApprovalsAreSound(t *testing.T) {
	t.Parallel()

	require.Equal(t, 90, ClearanceDays("notice", monday))
	require.Equal(t, 2, ClearanceDays("warning", monday))
	require.Zero(t, ClearanceDays("notice", time.Date(2019, 5, 14, 15, 59, 59, 0, time.UTC)), "not in force yet")
	require.Equal(t, 90, ClearanceDays("notice", time.Date(2019, 5, 14, 16, 0, 0, 0, time.UTC)), "the day begins in Beijing")
	for _, r := range clearances {
		require.NotEmpty(t, r.Basis)
		require.Positive(t, r.Days)
		for _, k := range r.Kinds {
			_, known := KindByID(k)
			require.True(t, known || k == "*", k)
		}
	}
}

func TestWhatIsHeldForItsPlanWaitsForSomebody(t *testing.T) {
	t.Parallel()

	for _, cause := range []string{CauseBlackout, CauseExpired} {
		for _, from := range []Case{approved(t), take(t, approved(t), Act{Type: Arm})} {
			held := take(t, from, Act{Type: NotReady, Cause: cause, At: plannedA.Add(-time.Second)})
			require.Equal(t, Held, held.State)
			require.Equal(t, []Task{{Step: HeldStep, Role: DisclosureOfficer, Limit: Limit{1, "working_day"}}}, held.Tasks())
			require.Equal(t, from.ReleaseAt, held.ReleaseAt, "nothing is moved by itself")
			moved := take(t, held, Act{Type: Reschedule, By: author, At: monday, ReleaseAt: plannedZ, Opinion: "words"})
			require.Empty(t, moved.Tasks())
		}
	}
	require.Empty(t, take(t, approved(t), Act{Type: Missed, Cause: "missed"}).Tasks())

	armed := take(t, approved(t), Act{Type: Arm})
	refused(t, armed.Check(Act{Type: NotReady, Cause: CauseBlackout, At: plannedA}), ReleaseTooLate)
}

func TestAPlanIsExplained(t *testing.T) {
	t.Parallel()

	c := approved(t)
	c.Lawful, c.ClearDays, c.ApprovedAt = plannedA.Add(48*time.Hour), 90, monday
	terms := Terms{Now: monday, Lead: time.Minute, Blackouts: []Blackout{quiet(24, 30, nil), quiet(24, 99, func(b *Blackout) { b.Kinds = []string{"policy"} })}}
	o := c.Outlook(terms, "某条")
	require.Equal(t, "exact", o.Plan)
	require.Equal(t, hour(30), o.Earliest, "after the blackout")
	require.Equal(t, c.Lawful, o.Latest)
	require.True(t, o.Possible)
	require.Len(t, o.Blackouts, 1, "the other is for another kind")
	binding := map[string]bool{}
	for _, r := range append(o.Reasons, o.Late) {
		if r.Binds {
			binding[r.Code] = true
		}
		for _, s := range []string{r.Zh, r.En} {
			require.False(t, strings.ContainsAny(s, "{}"), s)
			require.True(t, strings.HasSuffix(s, "。") || strings.HasSuffix(s, "."), s)
		}
	}
	require.Equal(t, map[string]bool{"blackout": true, "law": true}, binding)
	require.Equal(t, "late_now", o.Late.Code)

	c.Lawful = hour(29)
	require.False(t, c.Outlook(terms, "某条").Possible, "the law ends before the blackout does")

	w := forWindow(t, Window{hour(24), hour(32)})
	o = w.Outlook(Terms{Now: monday}, "")
	require.Equal(t, "next_window", o.Plan)
	require.Equal(t, hour(24), o.Earliest)
	require.True(t, o.At.IsZero(), "its approval decides")
	require.Len(t, o.Windows, 1)
	require.False(t, w.Outlook(Terms{Now: hour(32)}, "").Possible)
}

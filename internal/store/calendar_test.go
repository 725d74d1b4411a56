package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

func published(t *testing.T, version int) calendar.Year {
	t.Helper()
	y, err := calendar.ParseYear([]byte(`{"year": 2027, "source": "示例通知〔2026〕1号", "off": [{"from": "2027-01-01", "to": "2027-01-03", "zh": "元旦", "en": "New Year"},
		{"from": "2027-05-01", "to": "2027-05-05", "zh": "劳动节", "en": "Labour Day"}, {"from": "2027-10-01", "to": "2027-10-07", "zh": "国庆节", "en": "National Day"}],
		"working": ["2027-05-08", "2027-10-09"]}`))
	require.NoError(t, err)
	y.Version = version
	return y
}

func TestAYearOfTheCalendarNeedsTwoPeopleAndNeverChanges(t *testing.T) {
	t.Parallel()

	b := setup(t)
	propose := func(by disclosure.Person, version int) error {
		return b.ProposeCalendarYear(t.Context(), by, published(t, version), "国务院办公厅通知")
	}
	code(t, disclosure.Forbidden, propose(b.Drafter, 1))
	require.NoError(t, propose(b.Officer, 1))
	code(t, disclosure.CalendarOpen, propose(b.Principal, 2))
	code(t, disclosure.CalendarSecondPerson, b.SettleCalendarYear(t.Context(), b.Officer, 2027, 1, true, nil))
	code(t, disclosure.Forbidden, b.SettleCalendarYear(t.Context(), b.Head, 2027, 1, true, nil))
	code(t, disclosure.NotFound, b.SettleCalendarYear(t.Context(), b.Principal, 2028, 1, true, nil))
	years, err := b.ConfirmedYears(t.Context())
	require.NoError(t, err)
	require.Empty(t, years)

	require.NoError(t, b.SettleCalendarYear(t.Context(), b.Principal, 2027, 1, true, map[string]string{"moves": "0"}))
	code(t, disclosure.CalendarSettled, b.SettleCalendarYear(t.Context(), b.Principal, 2027, 1, false, nil))
	require.Equal(t, "calendar_years_append_only", try(t, b.owner, `UPDATE calendar_years SET definition = jsonb_set(definition, '{source}', '"x"') WHERE year = $1`, 2027))
	both(t, b, "confirmed as it is proposed", "calendar_years_second_person",
		`INSERT INTO calendar_years (year, version, definition, reason, proposed_by, settled_by, settled_at, confirmed)
		 SELECT year, 2, jsonb_set(definition, '{version}', '2'), '', proposed_by, settled_by, now(), true FROM calendar_years WHERE year = $1`, 2027)

	require.NoError(t, propose(b.Officer, 2))
	require.NoError(t, b.SettleCalendarYear(t.Context(), b.Officer, 2027, 2, false, nil), "one may take back what one proposed")
	require.NoError(t, propose(b.Officer, 3))
	require.NoError(t, b.SettleCalendarYear(t.Context(), b.Principal, 2027, 3, true, nil))
	years, err = b.ConfirmedYears(t.Context())
	require.NoError(t, err)
	require.Equal(t, []calendar.Year{published(t, 3)}, years)
	mark, err := b.CalendarMark(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, mark)
	require.Equal(t, 2, cell[int](t, b, `SELECT count(*) FROM audit WHERE action = 'calendar_confirm'`))
}

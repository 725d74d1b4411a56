package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheLawOfCompanionsIsKnownByItsDay(t *testing.T) {
	t.Parallel()

	for _, l := range companionLaws {
		for _, kind := range []string{l.Kind, l.Companion} {
			_, ok := KindByID(kind)
			require.True(t, ok, kind)
		}
		require.NotEmpty(t, l.Basis)
		_, err := time.Parse(time.DateOnly, l.EffectiveFrom)
		require.NoError(t, err)
	}
	for _, kind := range chains.Kinds {
		_, ok := KindByID(kind)
		require.True(t, ok, kind)
	}
	first := time.Date(2024, 9, 26, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	_, before := CompanionLawFor("policy", first.Add(-time.Second))
	law, after := CompanionLawFor("policy", first)
	require.Equal(t, []bool{false, true}, []bool{before, after})
	require.Equal(t, Limit{N: 3, Unit: "working_day"}, law.Limit)
	_, other := CompanionLawFor("notice", first)
	require.False(t, other)
	require.Equal(t, []string{"policy"}, Interpretable("interpretation"))
	require.Empty(t, Interpretable("notice"))
	for _, kind := range []string{"policy", "interpretation"} {
		require.Equal(t, Task{Step: CompanionStep, Role: DisclosureOfficer, Limit: Limit{N: 1, Unit: "working_day"}}, CompanionTask(kind, first))
	}
}

func TestWhatADraftSaysOfOtherItemsGoesWithItsKind(t *testing.T) {
	t.Parallel()

	const number = "SF-2026-000001"
	for name, c := range map[string]struct {
		kind  string
		edit  func(*Draft)
		code  Code
		field string
	}{
		"an interpretation explains":         {"interpretation", func(d *Draft) { d.Interprets = number }, "", ""},
		"a notice does not":                  {"notice", func(d *Draft) { d.Interprets = number }, NotOfThisKind, "interprets"},
		"a warning continues":                {"warning", func(d *Draft) { d.Continues = Continuation{number, "upgrade"} }, "", ""},
		"a policy does not":                  {"policy", func(d *Draft) { d.Continues = Continuation{number, "upgrade"} }, NotOfThisKind, "continues"},
		"nobody knows how":                   {"warning", func(d *Draft) { d.Continues = Continuation{number, "replace"} }, BadValue, "continues.as"},
		"it does not say how":                {"warning", func(d *Draft) { d.Continues.Number = number }, Required, "continues.as"},
		"nor which":                          {"warning", func(d *Draft) { d.Continues.As = "cancel" }, Required, "continues.number"},
		"a policy may go without":            {"policy", func(d *Draft) { d.NoInterpretation = "仅调整附件编号" }, "", ""},
		"a notice has none to go without":    {"notice", func(d *Draft) { d.NoInterpretation = "仅调整附件编号" }, NotOfThisKind, "no_interpretation"},
		"a number is a line":                 {"interpretation", func(d *Draft) { d.Interprets = "SF\u202e1" }, WrongType, "interprets"},
		"a reason is not a book":             {"policy", func(d *Draft) { d.NoInterpretation = string(make([]rune, MaxReason+1)) }, TooLong, "no_interpretation"},
		"and the check reads it like a body": {"policy", func(d *Draft) { d.NoInterpretation = "机密" }, "", ""},
	} {
		d := Draft{Metadata: Metadata{Kind: c.kind}}
		c.edit(&d)
		err := d.validateTies()
		if err == nil {
			err = d.completeTies()
		}
		require.Equal(t, c.code, CodeOf(err), name)
		if c.code != "" {
			var r *Refusal
			require.ErrorAs(t, err, &r)
			require.Equal(t, c.field, r.Field, name)
		}
	}
	d := Draft{NoInterpretation: "机密"}
	require.Contains(t, d.Texts(), Field{"no_interpretation", "机密"})
	require.Equal(t, []string{"ties"}, Changes(Manifest{}, Manifest{Interprets: number}))
	require.Equal(t, []string{"ties"}, Changes(Manifest{}, Manifest{Continues: Continuation{number, "cancel"}}))
}

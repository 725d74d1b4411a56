package desk

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// drawn writes parts with their findings in brackets: [1 words].
func drawn(parts []ReadingPart) []string {
	var out []string
	for _, p := range parts {
		var b strings.Builder
		b.WriteString(p.Name)
		for _, id := range p.Findings {
			b.WriteString(" (" + id + ")")
		}
		if p.Quoted {
			b.WriteString(" quoted")
		}
		b.WriteString(": ")
		for _, s := range p.Segments {
			if len(s.Findings) == 0 {
				b.WriteString(s.Text)
				continue
			}
			b.WriteString("[" + strings.Join(s.Findings, "+") + " " + s.Text + "]")
		}
		out = append(out, b.String())
	}
	return out
}

func TestAFindingStandsWhereItsWordsStand(t *testing.T) {
	t.Parallel()

	at := func(id, part string, start int, excerpt string) Finding {
		return Finding{ID: id, Part: part, Start: start, End: start + len([]rune(excerpt)), Excerpt: excerpt, Context: "…" + excerpt + "…", Treatment: "mask"}
	}
	whole := at("1", "hidden text", 0, "密码\nabc")
	whole.Treatment = "remove"
	for name, c := range map[string]struct {
		parts []part
		found []Finding
		want  []string
	}{
		"by its offset":                 {[]part{{Name: "body", Text: "甲\t电话139\n电话139"}}, []Finding{at("1", "body", 9, "139")}, []string{"body: 甲\t电话139\n电话[1 139]"}},
		"nearest, if the offset is off": {[]part{{Name: "body", Text: "139，此后很长，139乙"}}, []Finding{at("1", "body", 7, "139")}, []string{"body: 139，此后很长，[1 139]乙"}},
		"before its offset":             {[]part{{Name: "body", Text: "139甲"}}, []Finding{at("1", "body", 40, "139")}, []string{"body: [1 139]甲"}},
		"in the part that has it":       {[]part{{Name: "xml comment", Text: "甲"}, {Name: "xml comment", Text: "乙139"}}, []Finding{at("1", "xml comment", 1, "139")}, []string{"xml comment: 甲", "xml comment: 乙[1 139]"}},
		"inside another":                {[]part{{Name: "body", Text: "住址长安街1号"}}, []Finding{at("1", "body", 2, "长安街1号"), at("2", "body", 5, "1")}, []string{"body: 住址[1 长安街][1+2 1][1 号]"}},
		"across another":                {[]part{{Name: "body", Text: "甲乙丙丁"}}, []Finding{at("2", "body", 1, "乙丙丁"), at("1", "body", 0, "甲乙")}, []string{"body: [1 甲][1+2 乙][2 丙丁]"}},
		"on the same words":             {[]part{{Name: "body", Text: "甲乙"}}, []Finding{at("1", "body", 0, "甲乙"), at("2", "body", 0, "甲乙")}, []string{"body: [1+2 甲乙]"}},
		"about a whole hidden part":     {[]part{{Name: "hidden text", Hidden: true, Text: "密码\nabc"}}, []Finding{whole, at("2", "hidden text", 3, "abc")}, []string{"hidden text (1): 密码\n[2 abc]"}},
		"quoted, if its part is gone":   {[]part{{Name: "body", Text: "甲"}}, []Finding{at("1", "page 2", 0, "139"), at("2", "page 2", 9, "138")}, []string{"body: 甲", "page 2 quoted: …[1 139]…\n…[2 138]…"}},
		"quoted once a line": {nil, []Finding{
			{ID: "1", Part: "page 1", Excerpt: "139", Context: "139和139"}, {ID: "2", Part: "page 1", Start: 4, Excerpt: "139", Context: "139和139"}, {ID: "3", Part: "page 1", Excerpt: "多\n行", Context: "多"},
		}, []string{"page 1 (3) quoted: [1 139]和[2 139]\n多"}},
	} {
		require.Equal(t, c.want, drawn(arrange(opened{parts: c.parts}, c.found)), name)
	}
}

func TestCuttingATextLosesNothingOfItAndNothingOfAFinding(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("甲乙a\t\n😀")), 0, 40, -1).Draw(t, "text")
		runes := []rune(text)
		var found []Finding
		for i := range rapid.IntRange(0, 6).Draw(t, "n") {
			if len(runes) == 0 {
				break
			}
			from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
			to := rapid.IntRange(from+1, len(runes)).Draw(t, "to")
			found = append(found, Finding{ID: string(rune('a' + i)), Part: "body", Start: from, End: to, Excerpt: string(runes[from:to])})
		}
		parts := arrange(opened{parts: []part{{Name: "body", Text: text}}}, found)
		require.Len(t, parts, 1)
		var whole strings.Builder
		words := map[string]string{}
		for _, s := range parts[0].Segments {
			require.NotEmpty(t, s.Text)
			whole.WriteString(s.Text)
			for _, id := range s.Findings {
				words[id] += s.Text
			}
		}
		require.Equal(t, text, whole.String())
		for _, f := range found {
			require.Equal(t, f.Excerpt, words[f.ID])
		}
	})
}

func TestReadingShowsTheVersionThatWasCheckedAndWhatTheDraftHasMended(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "AA")
	const text = "<p>联系人张某，手机13812345678。</p>"
	item := testkit.Submitted(t, s, b, func(r *testkit.Recipe) { r.Body = text }, testkit.Attach("名单.txt", "李某13912345678\n"))
	d := New(Config{Store: s.Store, Log: slog.New(slog.DiscardHandler)})
	who := func(p disclosure.Person) Actor { return Actor{Person: p} }

	now, err := s.Now(t.Context())
	require.NoError(t, err)
	checker, err := check.At(now)
	require.NoError(t, err)
	var found []store.Found
	for _, f := range []struct{ file, name, data string }{{"body", "body.html", text}, {"名单.txt", "名单.txt", "李某13912345678\n"}} {
		_, hits, err := checker.File(t.Context(), f.name, []byte(f.data), "notice")
		require.NoError(t, err)
		for _, h := range hits {
			if h.Class == "HOLD" {
				found = append(found, store.Found{Finding: h, File: f.file})
			}
		}
	}
	require.NoError(t, s.SaveCheck(t.Context(), item.ID, 1, checker.Version(), found))
	rules, err := s.RulesFound(t.Context(), item.ID, 1)
	require.NoError(t, err)
	item.Must(t, disclosure.Act{Type: disclosure.Checked, OpenFindings: len(found), Flags: disclosure.FlagsFound(rules)})

	r, err := d.Reading(t.Context(), who(b.Drafter), item.ID, 1, "body")
	require.NoError(t, err)
	require.True(t, r.Opened)
	require.False(t, r.Changed)
	require.Len(t, r.Findings, 2, "the list is of all files")
	require.Contains(t, drawn(r.Parts)[0], "手机["+idOf(r, "body")+" 13812345678]。")
	require.Contains(t, r.Page, "13812345678")
	r, err = d.Reading(t.Context(), who(b.Drafter), item.ID, 1, "名单.txt")
	require.NoError(t, err)
	require.Contains(t, drawn(r.Parts)[0], "李某["+idOf(r, "名单.txt")+" 13912345678]")
	r, err = d.Reading(t.Context(), who(b.Drafter), item.ID, 1, FormFile)
	require.NoError(t, err)
	require.Equal(t, "title: 安全生产检查通知", drawn(r.Parts)[0])

	// The draft is mended: the version stays as it was, and its finding is gone from the draft.
	item.Edit(t, b.Drafter, func(draft *disclosure.Draft, put func([]byte) (string, error)) error {
		mended := strings.ReplaceAll(text, "13812345678", "138****5678")
		blob, err := put([]byte(mended))
		draft.Source = &disclosure.File{Blob: blob, Named: disclosure.Named{Name: "body.html", Content: disclosure.Sum("text/html", []byte(mended))}}
		return err
	})
	r, err = d.Reading(t.Context(), who(b.Drafter), item.ID, 1, "名单.txt")
	require.NoError(t, err)
	require.True(t, r.Changed)
	for _, f := range r.Findings {
		require.Equal(t, f.File == "body", f.Gone, f.File)
	}

	_, err = d.Reading(t.Context(), who(b.Drafter), item.ID, 1, "没有.txt")
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = d.Reading(t.Context(), who(b.Stranger), item.ID, 1, "body")
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "whoever may not see the item sees no file of it")
	require.Equal(t, map[string]int{"read_file ok": 4, "denied:read_file not_found": 1}, audited(t, s, item.ID))
}

func idOf(r Reading, file string) string {
	for _, f := range r.Findings {
		if f.File == file {
			return f.ID
		}
	}
	return ""
}

// audited counts the rows about an item that tell of reading.
func audited(t *testing.T, s testkit.Stored, id string) map[string]int {
	t.Helper()
	rows, err := testkit.Open(t, s.Superuser).QueryContext(t.Context(), `SELECT action || ' ' || outcome FROM audit WHERE object = $1 AND action LIKE '%read_file'`, id)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	out := map[string]int{}
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		out[line]++
	}
	require.NoError(t, rows.Err())
	return out
}

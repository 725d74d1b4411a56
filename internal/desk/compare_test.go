package desk

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/check"
	"shenfa/internal/compare"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// marked writes what changed as a reader marks it.
func marked(spans []compare.Span) (line string) {
	for _, s := range spans {
		line += map[compare.Kind]string{compare.Same: s.Text, compare.Removed: "[-" + s.Text + "-]", compare.Added: "{+" + s.Text + "+}"}[s.Kind]
	}
	return line
}

func told(c Comparison) (out []string) {
	for _, f := range c.Fields {
		line := marked(f.Spans)
		if line == "" {
			line = f.Before + " → " + f.After
		}
		out = append(out, f.Field+": "+line)
	}
	for _, f := range c.Files {
		line := f.What + " " + f.Was + f.Name
		if f.Unread {
			line += " unread"
		}
		for _, p := range f.Paragraphs {
			line += " | " + marked(p.Spans)
		}
		out = append(out, line)
	}
	return out
}

func TestWhatChangedIsToldSinceTheVersionThatSomebodyApproved(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "AA")
	d := New(Config{Store: s.Store, Log: slog.New(slog.DiscardHandler)})
	item := testkit.Submitted(t, s, b, func(r *testkit.Recipe) {
		r.Body = "<h2>一、总体要求</h2><p>联系人手机13812345678，共检查31家企业。</p><table><tr><td>甲</td><td>3</td></tr></table>"
	}, testkit.Attach("名单.txt", "第一行\n第二行写着旧的数字12。\n"), testkit.Attach("旧名.txt", "同样的内容\n"), testkit.Attach("草稿.txt", "要删去的\n"))
	checked := func(version int) {
		t.Helper()
		now, err := s.Now(t.Context())
		require.NoError(t, err)
		checker, err := check.At(now)
		require.NoError(t, err)
		_, hits, err := checker.File(t.Context(), "body.html", []byte(item.Body), "notice")
		require.NoError(t, err)
		var found []store.Found
		for _, h := range hits {
			if h.Class == "HOLD" && version == 1 {
				found = append(found, store.Found{Finding: h, File: "body"})
			}
		}
		require.NoError(t, s.SaveCheck(t.Context(), item.ID, version, checker.Version(), found))
		rules, err := s.RulesFound(t.Context(), item.ID, version)
		require.NoError(t, err)
		item.Must(t, disclosure.Act{Type: disclosure.Checked, Flags: disclosure.FlagsFound(rules)})
	}
	edit := func(change func(d *disclosure.Draft, file func(name, text string) disclosure.File)) {
		t.Helper()
		item.Edit(t, b.Drafter, func(d *disclosure.Draft, put func([]byte) (string, error)) error {
			change(d, func(name, text string) disclosure.File {
				blob, err := put([]byte(text))
				require.NoError(t, err)
				return disclosure.File{Blob: blob, Named: disclosure.Named{Name: name, Content: disclosure.Sum("text/plain", []byte(text))}}
			})
			return nil
		})
		item.Submit(t, b.Drafter)
	}
	compared := func(who disclosure.Person, q CompareQuery) Comparison {
		t.Helper()
		c, err := d.Compare(t.Context(), Actor{Person: who}, item.ID, q)
		require.NoError(t, err)
		return c
	}

	checked(1)
	first := compared(b.Drafter, CompareQuery{})
	require.Equal(t, []any{0, 1, SinceBefore}, []any{first.From, first.To, first.Why})
	require.Empty(t, told(first), "there is nothing before the first")

	// The head approves the first, the reviewer returns it; it is changed twice since.
	head := item.For(item.Case.Tasks()[0])
	item.Must(t, item.Decision(t, head, disclosure.Disclose))
	item.Must(t, item.Decision(t, item.For(item.Case.Tasks()[0]), disclosure.ReturnToEarlier))
	edit(func(d *disclosure.Draft, file func(string, string) disclosure.File) {
		d.Title, d.Channels = "安全生产专项检查通知", []string{"portal", "webhook"}
		body := file("body.html", "<h2>一、总体要求</h2><p>联系人电话见网站首页，共检查33家企业。</p><table><tr><td>甲</td><td>5</td></tr></table>")
		d.Body = &body
		d.Attachments = []disclosure.File{file("名单.txt", "第一行\n第二行写着新的数字13。\n"), file("新名.txt", "同样的内容\n"), file("补充.txt", "新增的\n")}
	})
	checked(2)
	item.Must(t, item.Decision(t, head, disclosure.ReturnToEarlier))
	edit(func(d *disclosure.Draft, _ func(string, string) disclosure.File) { d.Summary = "例行检查情况" })
	checked(3)

	c := compared(item.For(item.Case.Tasks()[0]), CompareQuery{Files: true})
	require.Equal(t, []any{1, 3, SinceApproved, head.ID}, []any{c.From, c.To, c.Why, c.By.ID}, "what was returned since nobody approved")
	require.Equal(t, []string{
		"title: 安全生产{+专项+}检查通知", "summary: 例行检查{+情况+}", "channels: portal → portal\nwebhook",
		"changed body | 联系人[-手机138****5678-]{+电话见网站首页+}，共检查[-31-]{+33+}家企业。 | [-3-]{+5+}",
		"changed 名单.txt | 第二行写着[-旧-]{+新+}的数字[-12-]{+13+}。",
		"renamed 旧名.txt新名.txt", "added 补充.txt", "removed 草稿.txt",
	}, told(c), "the number that was to be masked is")
	require.Contains(t, c.Unchanged, "kind")

	light := told(compared(b.Drafter, CompareQuery{}))
	require.True(t, slices.Contains(light, "changed 名单.txt"), "attachments are opened only where that is asked")
	require.Equal(t, []string{"summary: 例行检查{+情况+}"}, told(compared(b.Drafter, CompareQuery{From: 2})))
	require.Equal(t, []string{"summary: 例行检查[-情况-]"}, told(compared(b.Drafter, CompareQuery{From: 3, To: 2})))

	_, err := d.Compare(t.Context(), Actor{Person: b.Drafter}, item.ID, CompareQuery{From: 9})
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = d.Compare(t.Context(), Actor{Person: b.Stranger}, item.ID, CompareQuery{})
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "whoever may not see the item is told nothing of it")
	require.Positive(t, testkit.Cell[int](t, s, `SELECT count(*) FROM audit WHERE object = $1 AND action = 'read_comparison' AND outcome = 'ok'`, item.ID))
	require.False(t, strings.Contains(strings.Join(told(c), ""), "13812345678"))
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

const hash = "67a271e50bbfc053df11ed9910c47bf34de956fd862d1ad7dbe4e479d97fb3d9"

// seen is one request as the server saw it.
type seen struct {
	line, key, match, token, lang, body string
}

// server answers every request with what answers says for "METHOD /path", one
// after the other; the last one stays.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	answers map[string][]any // a body, an int and a body in problem, or hangUp
	seen    []seen
}

type (
	hangUp  struct{}
	problem struct {
		status int
		code   string
	}
)

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	h := r.Header
	s.seen = append(s.seen, seen{
		r.Method + " " + r.URL.RequestURI(), h.Get("Idempotency-Key"), h.Get("If-Match"),
		h.Get("Authorization"), h.Get("Accept-Language"), string(body),
	})
	at := r.Method + " " + r.URL.Path
	queue := s.answers[at]
	if len(queue) == 0 {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"code":"not_found","message":"没有找到。","field":"","details":{}}`)
		return
	}
	if len(queue) > 1 {
		s.answers[at] = queue[1:]
	}
	w.Header().Set("Etag", fmt.Sprintf(`"%d"`, len(s.seen)))
	switch a := queue[0].(type) {
	case hangUp:
		panic(http.ErrAbortHandler)
	case problem:
		w.WriteHeader(a.status)
		fmt.Fprintf(w, `{"code":%q,"message":"不行。","field":"","details":{}}`, a.code)
	case string:
		fmt.Fprint(w, a)
	}
}

type bundle struct {
	*server
	dir   string
	env   map[string]string
	typed string
	human bool
}

func setup(t *testing.T, answers map[string][]any) *bundle {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = nil
	s.Start()
	t.Cleanup(s.Close)
	return &bundle{server: s, dir: t.TempDir(), env: map[string]string{"SHENFA_SERVER": s.URL, "SHENFA_TOKEN": "t0"}}
}

// run runs one command line and returns what it printed and its exit code.
func (b *bundle) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	keys := 0
	w := world{
		getenv: func(k string) string { return b.env[k] }, configDir: func() (string, error) { return b.dir, nil },
		client: b.Client(), pause: func(context.Context, time.Duration) error { return nil },
		key:         func() string { keys++; return fmt.Sprint("key-", keys) },
		interactive: func() bool { return b.human }, password: func() (string, error) { return b.typed, nil },
	}
	root := &cobra.Command{Use: "shenfa"}
	root.AddCommand(commands(w)...)
	root.SetArgs(args)
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetIn(strings.NewReader(b.typed + "\n"))
	err := root.ExecuteContext(t.Context())
	return out.String(), errs.String(), ExitCode(err)
}

func (b *bundle) lines() (all []string) {
	for _, s := range b.seen {
		all = append(all, s.line)
	}
	return all
}

func disclosed(state string) string {
	return `{"id":"d1","number":"2025-0001","title":"防汛演练通知","state":"` + state + `","step":"leader","version":2,"release_at":"2025-05-09T01:00:00Z",
"manifest_hash":"` + hash + `","short_code":"CYH7-3S8B","draft":{"channels":["portal"]},
"tasks":[{"step_zh":"分管领导审签","step_en":"Deputy leader's sign-off","due_at":"2025-05-07T01:00:00Z","overdue":true}]}`
}

func TestEveryCommandAsksTheServerForItsAct(t *testing.T) {
	t.Parallel()

	const one = "/api/v1/disclosures/d1"
	for _, tt := range []struct {
		args, line, body string
	}{
		{"whoami", "GET /api/v1/me", ""},
		{"status d1", "GET " + one, ""},
		{"status --state draft --kind notice", "GET /api/v1/disclosures?kind=notice&mine=true&state=draft", ""},
		{"status --all --cursor c2", "GET /api/v1/disclosures?cursor=c2", ""},
		{"inbox", "GET /api/v1/inbox", ""},
		{"findings d1", "GET " + one + "/findings", ""},
		{"form d1 --as docx -o -", "GET " + one + "/review-form?as=docx", ""},
		{"checklist d1", "GET " + one + "/checklist", ""},
		{"record reviews --from 2026-11-01 --until 2026-11-30 -o -", "GET /api/v1/records/reviews?as=pdf&from=2026-11-01&until=2026-11-30", ""},
		{"clocks d1", "GET " + one + "/clocks", ""},
		{"reroute d1", "GET " + one + "/reroutes", ""},
		{"reroute d1 --to important/1 --reason 重大", "POST " + one + "/reroute", `{"reason":"重大","route":{"id":"important","version":1}}`},
		{"extend d1 --step leader --by 2 --reason 出差", "POST " + one + "/extensions", `{"n":2,"reason":"出差","step":"leader"}`},
		{"trail d1 --sort read --cursor 50", "GET " + one + "/trail?cursor=50&sort=read", ""},
		{"diff d1 --from 2 --to 3", "GET " + one + "/diff?from=2&to=3", ""},
		{"dispose d1 f1 --as lawful --reason 公开", "POST " + one + "/findings/f1/disposition", `{"disposition":"lawful","reason":"公开"}`},
		{"withdraw d1 --reason 有误", "POST " + one + "/withdraw", `{"reason":"有误"}`},
		{"recall d1 --reason 有误", "POST " + one + "/recall", `{"reason":"有误"}`},
		{"reschedule d1 --at 2025-05-10T09:00:00+08:00", "POST " + one + "/reschedule", `{"at":"2025-05-10T09:00:00+08:00","reason":""}`},
		{"releases --from 2025-05-01T00:00:00Z", "GET /api/v1/releases?from=2025-05-01T00%3A00%3A00Z", ""},
		{"release plan d1", "GET /api/v1/disclosures/d1/plan", ""},
		{"release blackout", "GET /api/v1/blackouts", ""},
		{"release blackout b1 --lift", "DELETE /api/v1/blackouts/b1", ""},
		{
			"release blackout --from 2026-03-04T00:00:00+08:00 --until 2026-03-12T00:00:00+08:00 --exempt warning --reason 会议", "POST /api/v1/blackouts",
			`{"from":"2026-03-04T00:00:00+08:00","until":"2026-03-12T00:00:00+08:00","kinds":[],"channels":[],"exempt":["warning"],"reason":"会议"}`,
		},
		{"calendar show", "GET /api/v1/calendar-years", ""},
		{"calendar show 2027/1", "GET /api/v1/calendar-years/2027/1", ""},
		{"calendar confirm 2027/1", "POST /api/v1/calendar-years/2027/1/settle", `{"confirm":true}`},
		{"calendar refuse 2027/1", "POST /api/v1/calendar-years/2027/1/settle", `{"confirm":false}`},
		{"announce list", "GET /api/v1/announcements", ""},
		{"announce show a1", "GET /api/v1/announcements/a1", ""},
		{"announce new --title 公报 --planned 2026-12", "POST /api/v1/announcements", `{"title":"公报","planned":"2026-12"}`},
		{"announce change a1 --title 公报 --cancelled --reason 复核", "POST /api/v1/announcements/a1/lines", `{"title":"公报","cancelled":true,"reason":"复核"}`},
		{"announce withdraw a1 --reason 写错", "POST /api/v1/announcements/a1/withdraw", `{"reason":"写错"}`},
		{"route list", "GET /api/v1/routes", ""},
		{"route show ordinary/2", "GET /api/v1/routes/ordinary/2", ""},
		{"route diff ordinary/2", "GET /api/v1/routes/ordinary/2", ""},
		{"route confirm ordinary/2", "POST /api/v1/routes/ordinary/2/settle", `{"confirm":true}`},
		{"route refuse ordinary/2", "POST /api/v1/routes/ordinary/2/settle", `{"confirm":false}`},
		{"route simulate --kind notice --flags important", "POST /api/v1/routes/simulate", `{"kind":"notice","flags":["important"]}`},
		{"route simulate d1", "POST /api/v1/routes/simulate", `{"disclosure":"d1"}`},
		{"people", "GET /api/v1/people", ""},
		{"people p1", "GET /api/v1/people/p1", ""},
		{"people add wang --name 王柏 --section plans --reason 调入", "POST /api/v1/people", `{"login":"wang","name":"王柏","section":"plans","reason":"调入"}`},
		{"people roles p1 drafter,section_head --reason 任命", "PUT /api/v1/people/p1/roles", `{"roles":["drafter","section_head"],"reason":"任命"}`},
		{"people reset p1 --reason 忘记", "POST /api/v1/people/p1/reset-password", `{"reason":"忘记"}`},
		{"people changes --person p1", "GET /api/v1/account-changes?person=p1", ""},
		{"people sections rescue 救援科 --reason 改革", "POST /api/v1/sections", `{"id":"rescue","name":"救援科","reason":"改革"}`},
		{"token", "GET /api/v1/tokens", ""},
		{"token add 同步 --scope read --expires 2027-01-01T00:00:00Z", "POST /api/v1/tokens", `{"name":"同步","scope":["read"],"expires":"2027-01-01T00:00:00Z"}`},
		{"token revoke t1 --reason 泄露", "DELETE /api/v1/tokens/t1?reason=%E6%B3%84%E9%9C%B2", ""},
		{"freeze", "GET /api/v1/freeze", ""},
		{"lexicon", "GET /api/v1/lexicon", ""},
		{"lexicon --get 3", "GET /api/v1/lexicon/3", ""},
		{"freeze --scope channel --value portal --reason 维护", "POST /api/v1/freeze", `{"scope":"channel","value":"portal","reason":"维护"}`},
		{"freeze --lift", "DELETE /api/v1/freeze", ""},
		{"freeze z1 --lift", "DELETE /api/v1/freeze/z1", ""},
		{"logout", "DELETE /api/v1/session", ""},
	} {
		path, _, _ := strings.Cut(tt.line, "?")
		b := setup(t, map[string][]any{path: {`{"items":[],"id":"x"}`}})
		_, stderr, code := b.run(t, strings.Fields(tt.args)...)
		require.Zero(t, code, "%s: %s", tt.args, stderr)
		require.Equal(t, []string{tt.line}, b.lines())
		require.Equal(t, "Bearer t0", b.seen[0].token)
		if tt.body != "" {
			require.JSONEq(t, tt.body, b.seen[0].body)
		}
		require.Equal(t, strings.HasPrefix(tt.line, "POST"), b.seen[0].key != "", "an act has a key: %s", tt.args)
	}
}

func TestSubmitSendsEachPieceOnTheDraftItJustRead(t *testing.T) {
	t.Parallel()

	const one = "/api/v1/disclosures/d1"
	b := setup(t, map[string][]any{
		"POST /api/v1/disclosures": {disclosed("draft")}, "PUT " + one + "/body": {disclosed("draft")},
		"POST " + one + "/attachments": {disclosed("draft")}, "POST " + one + "/submit": {disclosed("checking")},
		"GET " + one: {disclosed("checking"), disclosed("in_review")},
	})
	dir := t.TempDir()
	for _, name := range []string{"通知.txt", "a.csv", "b.csv"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	stdout, stderr, code := b.run(t, "submit", filepath.Join(dir, "通知.txt"), "--title", "防汛演练通知", "--kind", "notice", "--formed-on", "2025-05-06",
		"--channels", "portal,wechat", "--release-at", "2025-05-09 09:00", "--attach", filepath.Join(dir, "a.csv"), "--attach", filepath.Join(dir, "b.csv"), "--wait")
	require.Zero(t, code, stderr)
	require.Equal(t, []string{
		"POST /api/v1/disclosures", "PUT " + one + "/body?name=%E9%80%9A%E7%9F%A5.txt",
		"POST " + one + "/attachments?name=a.csv", "POST " + one + "/attachments?name=b.csv", "POST " + one + "/submit", "GET " + one, "GET " + one,
	}, b.lines())
	var draft map[string]any
	require.NoError(t, json.Unmarshal([]byte(b.seen[0].body), &draft))
	require.Equal(t, map[string]any{"at": "2025-05-09T09:00:00+08:00", "on_approval": false, "zone": "Asia/Shanghai", "late": "hold"}, draft["release"])
	require.Equal(t, []any{"portal", "wechat"}, draft["channels"])
	var matches, keys []string
	for _, s := range b.seen {
		matches, keys = append(matches, s.match), append(keys, s.key)
	}
	require.Equal(t, []string{"", `"1"`, `"2"`, `"3"`, `"4"`, "", ""}, matches)
	require.Equal(t, []string{"key-1", "", "key-3", "key-4", "key-5", "", ""}, keys, "each act has its own key")
	require.Contains(t, stdout, "审查审签")
}

func TestSubmitThatCannotGoOnSaysWhereTheDraftIs(t *testing.T) {
	t.Parallel()

	b := setup(t, map[string][]any{"POST /api/v1/disclosures": {disclosed("draft")}, "PUT /api/v1/disclosures/d1/body": {problem{413, "too_large"}}})
	file := filepath.Join(t.TempDir(), "a.txt")
	args := []string{"submit", file, "--title", "x", "--kind", "notice", "--formed-on", "2025-05-06", "--channels", "portal", "--on-approval"}
	_, _, code := b.run(t, args...)
	require.Equal(t, 2, code)
	require.Empty(t, b.seen, "a file that is not there leaves no draft")

	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	_, stderr, code := b.run(t, args...)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "草稿保留在： d1")
	require.Contains(t, stderr, "too_large")
}

func TestADecisionIsOnWhatWasSeen(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		args  string
		human bool
		typed string
		code  int
		sent  bool
	}{
		"FullHash":       {"--hash " + hash, false, "", 0, true},
		"ShortCode":      {"--hash cyh7-3s8b", false, "", 0, true},
		"OtherShortCode": {"--hash 0XJ4-1MNA", false, "", 1, false},
		"ScriptSilent":   {"", false, "y", 2, false},
		"ScriptYes":      {"--yes", false, "", 0, true},
		"HumanYes":       {"", true, "y", 0, true},
		"HumanNo":        {"", true, "n", 2, false},
	} {
		b := setup(t, map[string][]any{"GET /api/v1/disclosures/d1": {disclosed("in_review")}, "POST /api/v1/disclosures/d1/decisions": {disclosed("approved")}})
		b.human, b.typed = tt.human, tt.typed
		_, stderr, code := b.run(t, append([]string{"decide", "d1", "--outcome", "return", "--opinion", "缺附件", "--return-to", "drafter"}, strings.Fields(tt.args)...)...)
		require.Equal(t, tt.code, code, "%s: %s", name, stderr)
		require.Equal(t, tt.sent, len(b.seen) == 2, name)
		if tt.sent {
			require.JSONEq(t, `{"step":"leader","outcome":"return","manifest_hash":"`+hash+`","opinion":"缺附件","return_to":"drafter"}`, b.seen[1].body, name)
		}
		if !strings.Contains(tt.args, "--hash") {
			require.Contains(t, stderr, "CYH7-3S8B", "the code must be shown: %s", name)
		}
	}
}

func TestALostConnectionIsTriedAgainUnderTheSameKey(t *testing.T) {
	t.Parallel()

	const recall = "POST /api/v1/disclosures/d1/recall"
	for _, tt := range []struct {
		answers []any
		asked   int
		code    int
	}{
		{[]any{hangUp{}, problem{409, "busy"}, problem{503, "unavailable"}, disclosed("recalled")}, 4, 0},
		{[]any{hangUp{}}, 4, 2},
		{[]any{problem{409, "wrong_state"}}, 1, 1},
		{[]any{problem{403, "forbidden"}}, 1, 1},
		{[]any{problem{500, "internal"}}, 1, 2},
	} {
		b := setup(t, map[string][]any{recall: tt.answers})
		_, stderr, code := b.run(t, "recall", "d1", "--reason", "有误")
		require.Equal(t, tt.code, code, stderr)
		require.Len(t, b.seen, tt.asked)
		for _, s := range b.seen {
			require.Equal(t, "key-1", s.key)
		}
	}
}

func TestALostUploadOfTheBodyIsNotRepeatedBlindly(t *testing.T) {
	t.Parallel()

	require.False(t, again(http.MethodPut, io.ErrUnexpectedEOF), "the lost attempt may have moved the revision")
	require.False(t, again(http.MethodDelete, io.ErrUnexpectedEOF))
	require.True(t, again(http.MethodGet, io.ErrUnexpectedEOF))
}

func TestTheTokenIsKeptForItsOwnerAndItsServer(t *testing.T) {
	t.Parallel()

	b := setup(t, map[string][]any{
		"POST /api/v1/session": {`{"token":"secret","me":{"name":"李文","login":"li.wen","roles":[{"zh":"承办人","en":"Drafter"}]}}`},
		"GET /api/v1/me":       {`{"name":"李文"}`}, "DELETE /api/v1/session": {""},
	})
	b.env, b.typed = map[string]string{}, "pass word"
	stdout, stderr, code := b.run(t, "login", "li.wen", "--server", b.URL+"/")
	require.Zero(t, code, stderr)
	require.JSONEq(t, `{"login":"li.wen","password":"pass word"}`, b.seen[0].body)
	require.Contains(t, stdout, "承办人")
	require.NotContains(t, stdout+stderr, "secret")
	kept := filepath.Join(b.dir, "shenfa", "login.json")
	info, err := os.Stat(kept)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, _, code = b.run(t, "whoami")
	require.Zero(t, code)
	require.Equal(t, "Bearer secret", b.seen[1].token)

	other := setup(t, nil)
	_, stderr, code = b.run(t, "whoami", "--server", other.URL)
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "shenfa login")
	require.Empty(t, other.seen, "another server must not get the token")

	_, _, code = b.run(t, "logout")
	require.Zero(t, code)
	require.NoFileExists(t, kept)
}

func TestWhatIsPrinted(t *testing.T) {
	t.Parallel()

	raw := disclosed("in_review") + "\n"
	b := setup(t, map[string][]any{
		"GET /api/v1/disclosures/d1": {raw},
		"GET /api/v1/inbox": {`{"items":[{"disclosure":{"id":"d1","title":"防汛"},"step_zh":"保密审查","step_en":"Review","due_at":"2025-05-07T01:00:00Z"},
{"disclosure":{"id":"d2","title":"演练"},"step_zh":"审签","step_en":"Sign-off","due_at":"2025-05-07T01:00:00Z"}],"next":"c2"}`},
		"GET /api/v1/releases": {`{"items":[{"disclosure":{"id":"d1","title":"防汛","state":"armed"},"at":"2025-05-07T01:00:00Z","channels":["portal"],"frozen":true}]}`},
	})
	stdout, _, _ := b.run(t, "status", "d1", "--json")
	require.Equal(t, raw, stdout, "as it came")

	stdout, _, _ = b.run(t, "status", "d1")
	require.Equal(t, `d1  防汛演练通知
  编号：2025-0001
  状态：审查审签
  环节：分管领导审签  截止 2025-05-07 09:00（已超时）
  版本：2  CYH7-3S8B
  发布：2025-05-09 09:00
  渠道：portal
`, stdout)
	stdout, _, _ = b.run(t, "status", "d1", "--lang", "en")
	require.Contains(t, stdout, "State: In review")
	b.env["LANG"] = "en_GB.UTF-8"
	stdout, stderr, _ := b.run(t, "inbox")
	require.Equal(t, "d1  Review    due 2025-05-07 09:00  防汛\nd2  Sign-off  due 2025-05-07 09:00  演练\n", stdout)
	require.Contains(t, stderr, "--cursor c2")
	require.Equal(t, "en", b.seen[len(b.seen)-1].lang)
	stdout, _, _ = b.run(t, "inbox", "--lang", "zh")
	require.Equal(t, "d1  保密审查  截止 2025-05-07 09:00  防汛\nd2  审签      截止 2025-05-07 09:00  演练\n", stdout, "a character takes two places")
	stdout, _, _ = b.run(t, "releases", "--lang", "zh")
	require.Equal(t, "2025-05-07 09:00  d1  已备妥（冻结）  portal  防汛\n", stdout)
}

func TestMisuse(t *testing.T) {
	t.Parallel()

	for _, args := range []string{
		"status d1 --lang fr", "status d1 --server ftp://x", "status d1 --server nonsense", "withdraw d1", "decide d1", "dispose d1 f1", "reschedule d1 --at tomorrow",
		"status a b", "freeze z1", "freeze --lift --scope all", "submit x --title t --kind k --formed-on 2025-01-01 --channels portal",
		"releases --from 09:00", "whoami --nonsense",
	} {
		b := setup(t, nil)
		_, stderr, code := b.run(t, strings.Fields(args)...)
		require.Equal(t, 2, code, args)
		require.NotEmpty(t, stderr)
		require.Empty(t, b.seen, args)
	}
	b := setup(t, nil)
	b.env = map[string]string{}
	_, stderr, code := b.run(t, "whoami")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "SHENFA_SERVER")

	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	_, stderr, code = setup(t, nil).run(t, "whoami", "--server", web.URL)
	require.Equal(t, 2, code, "not every 404 is ours")
	require.Contains(t, stderr, "这不像是审发的服务器")
}

func TestTheCommandsAreAllThere(t *testing.T) {
	t.Parallel()

	var names []string
	for _, c := range Commands() {
		names = append(names, c.Name())
	}
	slices.Sort(names)
	require.Equal(t, strings.Fields("announce batch bypass calendar campaign checklist clocks colleagues comment correct decide delegation diff dispose evidence extend findings follow form freeze inbox lexicon login logout people preview question ratify recall record reevaluate release releases reroute reschedule restore rollback route status submit take-down task token trail whoami withdraw"), names)
}

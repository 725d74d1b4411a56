package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/document"
)

// say prints a step of the story with -demo.
func say(format string, args ...any) {
	if *showDemo {
		fmt.Printf(format+"\n", args...)
	}
}

// origin is the founding document, as text and as the .docx a clerk would upload.
func origin(t testing.TB) (text, docx []byte) {
	t.Helper()
	text, err := os.ReadFile("../testdata/origin.txt")
	require.NoError(t, err)
	var buf bytes.Buffer
	var paragraphs []string
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			paragraphs = append(paragraphs, line)
		}
	}
	require.NoError(t, document.WriteDOCX(&buf, paragraphs))
	return text, buf.Bytes()
}

// TestDemo is the whole story on the founding document: twice from draft to
// release, once taken back, and the ledger verified at the end.
func TestDemo(t *testing.T) {
	s := serve(t)
	say("启动完毕：控制台 %s/console　门户 %s/", s.base, s.base)
	text, docx := origin(t)
	var urls []string
	for _, file := range []struct {
		name string
		data []byte
	}{{"origin.txt", text}, {"origin.docx", docx}} {
		urls = append(urls, road(t, s, file.name, file.data))
	}
	recall(t, s, strings.TrimPrefix(urls[1], s.base))
	verify(t, s)
	say("\n全程通过。仍在线：%s", urls[0])
	require.NoError(t, s.interrupt(), "Ctrl-C must end it cleanly")
}

// road takes one file from draft to release and returns its public URL.
func road(t *testing.T, s *server, name string, data []byte) string {
	say("\n== %s ==", name)
	drafter := s.as("zhouheng")
	at := time.Now().Add(6 * time.Second)
	d := drafter.draft(item{title: "2025 年政务公开工作要点（" + name + "）", fileName: name, body: data, at: at, late: "hold"})
	say("周衡 起草 %s，%d 字节", d.Number, len(data))
	d = drafter.submitted(d)
	require.Equal(t, disclosure.InReview, d.State, "the founding document has nothing to dispose of")
	say("提交为第 %d 版，校验码 %s；保密检查：没有疑点", d.Version, d.ShortCode)

	r := drafter.decide(d, "section", disclosure.Disclose)
	require.Equal(t, http.StatusForbidden, r.status)
	say("周衡 想审自己的稿子：%s", r.code())
	require.Equal(t, http.StatusNotFound, s.public("/items/"+d.Number).status, "nothing may be public yet")

	d = s.approve(d)
	require.Equal(t, disclosure.Approved, d.State)
	require.Len(t, d.Decisions, 3)
	say("林岚、沈砚、顾宁 依次同意，签在 %s 上；定于 %s 发布", d.ShortCode, at.Format("15:04:05"))

	early := 0
	for time.Now().Before(at.Add(-50 * time.Millisecond)) {
		if s.online(d) {
			early++
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.Zero(t, early, "public before its time")
	deadline := at.Add(5 * time.Second)
	for !s.online(d) {
		require.True(t, time.Now().Before(deadline), "not public five seconds after its time")
		time.Sleep(5 * time.Millisecond)
	}
	seen := time.Now()
	require.False(t, seen.Before(at), "public before its time")
	say("到点公开，首次看到晚 %d 毫秒；字节与批准的一致", seen.Sub(at).Milliseconds())

	d = drafter.awaitState(d.ID, disclosure.Released)
	require.Equal(t, "confirmed", d.Effects[0].State)
	page := s.public(d.PublicURL)
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, string(page.body), "全面优化政务公开制度")
	require.Contains(t, string(page.body), d.ShortCode)
	require.Contains(t, string(s.public("/feed.atom").body), d.Number)
	say("回读核验完成：%s%s", s.base, d.PublicURL)
	return s.base + d.PublicURL
}

func recall(t *testing.T, s *server, path string) {
	number := filepath.Base(path)
	list := decode[desk.Page[desk.Summary]](t, s.as("hezhou").do(http.MethodGet, "/api/v1/disclosures?state=released", nil))
	for _, d := range list.Items {
		if d.Number != number {
			continue
		}
		r := s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/recall", map[string]any{"reason": "演示：发现附件用错了版本。"})
		got := decode[desk.Disclosure](t, r)
		require.Equal(t, disclosure.Recalled, got.State)
		require.NotNil(t, got.Incident)
		require.WithinDuration(t, time.Now().Add(24*time.Hour), got.Incident.DueAt, time.Minute)
		missing := s.public("/items/NOT-2026-999999")
		gone := s.public(path)
		require.Equal(t, missing.status, gone.status)
		require.Equal(t, missing.body, gone.body, "a recalled item must look like one that never was")
		say("\n何舟 召回 %s：立即下线，与不存在的页面无从分辨；24 小时事件时钟已开", number)
		return
	}
	t.Fatalf("%s is not in the list of released items", number)
}

func verify(t *testing.T, s *server) {
	file := filepath.Join(t.TempDir(), "ledger.jsonl")
	require.Eventually(t, func() bool { // the newest rows need a moment to get their place
		r := s.as("auditor").do(http.MethodGet, "/api/v1/log/export", nil)
		return r.status == http.StatusOK && os.WriteFile(file, r.body, 0o600) == nil && bytes.Contains(r.body, []byte("recall"))
	}, 10*time.Second, 200*time.Millisecond)
	code, key, errOut := command(t, nil, "log", "key", "--keys", filepath.Join(s.dir, "keys"))
	require.Zero(t, code, errOut)
	code, out, errOut := command(t, nil, "log", "verify", file, "--key", strings.TrimSpace(key))
	require.Zero(t, code, out+errOut)
	say("\n存证离线核验：\n%s", strings.TrimSpace(out))

	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	forged := filepath.Join(t.TempDir(), "forged.jsonl")
	require.Contains(t, string(raw), "disclose")
	require.NoError(t, os.WriteFile(forged, bytes.Replace(raw, []byte("disclose"), []byte("withhold"), 1), 0o600))
	code, _, _ = command(t, nil, "log", "verify", forged, "--key", strings.TrimSpace(key))
	require.Equal(t, 1, code, "a changed ledger must not verify")
	say("改动一处后再核验：不通过（应当如此）")
}

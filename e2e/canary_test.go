package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// TestS1_Canary puts a string nobody else writes into every place where people put
// words, walks the road with refusals on the way, and looks for it everywhere it
// must not be: Temporal's and our own tables, the database's files and logs, our
// logs, mails, and every public page.
func TestS1_Canary(t *testing.T) {
	box := testkit.NewPostbox(t)
	s := serve(t, "--smtp-url", box.URL, "--mail-from", "shenfa@example.gov.cn", "--console-url", "https://console.example.gov.cn")
	for _, login := range []string{"zhouheng", "linlan"} {
		decode[desk.NoticeSettings](t, s.as(login).do(http.MethodPut, "/api/v1/notice-settings",
			map[string]any{"email": login + "@example.gov.cn", "language": "zh", "kinds": []string{"task", "approved"}}))
	}
	const canary = "Kanarienvogel9271金丝雀"
	p := s.as("zhouheng")
	i := notice("标题"+canary, plain+canary+"\n联系人张某，手机13812345678。\n")
	i.at = time.Now().Add(time.Hour)
	i.fileName = canary + ".txt"
	d := p.draft(i)
	d = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID,
		map[string]any{"summary": canary, "keywords": []string{canary}, "topic": canary, "reason": canary}, "If-Match", etag(d)))
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/attachments?name="+url.QueryEscape(canary+"附件.txt"),
		[]byte("附件里的"+canary), "If-Match", etag(d)))
	d = p.submitted(d)
	list := decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/findings", nil)).Items
	for _, f := range list {
		d = decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/findings/"+f.ID+"/disposition",
			map[string]any{"disposition": "lawful", "reason": "理由" + canary}))
	}
	require.Equal(t, disclosure.InReview, d.State)
	// Refusals carry words too: they must not end in a log or a history.
	s.as("linlan").decide(d, "section", disclosure.Outcome(canary))
	s.as("linlan").decide(d, canary, disclosure.Disclose)
	p.do(http.MethodPost, "/api/v1/disclosures", map[string]any{canary: canary})
	s.askWith(t, d, canary)
	decode[desk.Thread](t, s.as("linlan").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/comments",
		map[string]any{"manifest_hash": d.ManifestHash, "file": canary + "附件.txt", "quote": "附件里的" + canary, "comment": "批注" + canary}))
	for _, x := range signers {
		d = decode[desk.Disclosure](t, s.as(x.login).decide(d, x.step, disclosure.Disclose, "opinion", "意见"+canary, "basis", ""))
	}
	decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/withdraw", map[string]any{"reason": "撤回理由" + canary}))
	require.Equal(t, i.title, p.get(d.ID).Draft.Title, "those who may read it still can")

	forms := map[string][]byte{}
	for name, word := range map[string]string{"latin": "Kanarienvogel9271", "han": "金丝雀"} {
		raw := []byte(word)
		var wide []byte
		for _, u := range utf16.Encode([]rune(word)) {
			wide = append(wide, byte(u), byte(u>>8))
		}
		forms[name+" raw"], forms[name+" hex"], forms[name+" utf-16"] = raw, []byte(hex.EncodeToString(raw)), wide
		for shift := range 3 { // base64 depends on the offset; its two ends, on the neighbours
			enc := base64.StdEncoding.EncodeToString(append(make([]byte, shift), raw...))
			forms[fmt.Sprintf("%s base64+%d", name, shift)] = []byte(enc[(shift*8+5)/6 : (shift+len(raw))*8/6])
		}
		forms[name+" url"] = []byte(url.QueryEscape(word))
	}
	places := map[string][]byte{"our log": []byte(s.logged()), "our output": s.out.Bytes(), "dump": dump(t, s)}
	require.Eventually(t, func() bool { return len(box.Letters()) >= 2 }, 30*time.Second, 100*time.Millisecond, "the head was told of a task, the drafter of the approval")
	for i, l := range box.Letters() {
		places[fmt.Sprintf("mail %d", i)] = append(l.Raw, l.Subject+l.Text...)
		require.Contains(t, l.Text, d.Number)
	}
	for _, page := range []string{"/", "/feed.atom", "/feed.json", "/sitemap.xml", "/healthz", "/items/" + d.Number} {
		places[page] = s.public(page).body
	}
	require.NoError(t, s.interrupt()) // so that everything is in the files
	require.NoError(t, filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !e.Type().IsRegular() {
			return err
		}
		places[path], err = os.ReadFile(path)
		return err
	}))
	require.Contains(t, string(places["dump"]), d.Number, "the dump really holds this item")
	require.Contains(t, string(places["dump"]), "temporal.history_node", "and Temporal's histories")
	for place, content := range places {
		for form, needle := range forms {
			require.False(t, bytes.Contains(content, needle), "%s found in %s", form, place)
		}
	}
}

// dump is the whole database as text, bytea in hex, by its superuser.
func dump(t *testing.T, s *server) []byte {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(s.dir, "keys", "postgres.password"))
	require.NoError(t, err)
	path, err := exec.LookPath("pg_dump")
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		require.NotEmpty(t, found, "pg_dump")
		path = found[len(found)-1]
	}
	cmd := exec.Command(path, "--host", filepath.Join(s.dir, "run"), "--username", "postgres", "--dbname", "shenfa")
	cmd.Env = append(os.Environ(), "PGPASSWORD="+strings.TrimSpace(string(password)))
	out, err := cmd.Output()
	require.NoError(t, err)
	return out
}

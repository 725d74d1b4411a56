//go:build linux

package testkit

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"shenfa/internal/disclosure"
)

// Pile puts n disclosures in the store that wait at the first step of their route, each
// with a draft and a body sealed under its own key, due an hour apart from 5,000 hours ago
// on. Every tenth is approved and waits for its instant, every seventh is the stranger's.
// They did not come along the road: the rows are written as a superuser, in bulk, for tests
// that need thousands. change says what is in the k-th of them.
func Pile(t testing.TB, s Stored, b Bureau, n int, change func(k int, d *disclosure.Draft) (body string)) []string {
	t.Helper()
	type row struct {
		ID      string          `json:"id"`
		Number  string          `json:"number"`
		Kind    string          `json:"kind"`
		State   string          `json:"state"`
		Step    string          `json:"step"`
		Section string          `json:"section"`
		Drafter string          `json:"drafter"`
		Case    json.RawMessage `json:"kase"`
		Wrapped string          `json:"wrapped"`
		Draft   string          `json:"draft"`
		Blob    string          `json:"blob"`
		Body    string          `json:"body"`
		Length  int             `json:"length"`
		At      time.Time       `json:"at"`
	}
	model := InReview(t, s, b).Case
	db := Open(t, s.Superuser)
	var ids []string
	now := time.Now()
	for len(ids) < n {
		var rows []row
		for range min(crowdBatch, n-len(ids)) {
			k := len(ids)
			r := row{ID: uuid.NewString(), Number: fmt.Sprintf("PILE-%06d", k+1), State: string(model.State), Section: b.Section, Drafter: b.Drafter.ID, At: now.Add(time.Duration(k-5000) * time.Hour)}
			step, _ := model.CurrentStep()
			r.Step = step.ID
			c := model
			c.ID, c.Revision = r.ID, 0
			if k%10 == 9 {
				c.State, r.State, r.Step = disclosure.Approved, string(disclosure.Approved), ""
			}
			if k%7 == 6 {
				r.Section, r.Drafter, c.Section, c.Drafter = b.OtherSection, b.Stranger.ID, b.OtherSection, b.Stranger.ID
			}
			d := disclosure.Draft{
				Metadata:  disclosure.Metadata{Title: fmt.Sprintf("关于第 %d 次检查情况的通报", k+1), Kind: "notice", IndexNumber: "000000/" + r.Number, FormedOn: "2026-01-05", Topic: "安全生产"},
				Attribute: disclosure.Proactive, Channels: []string{"portal"},
			}
			body := []byte(change(k, &d))
			wrapped, key, err := s.Vault.NewItemKey()
			must(t, err)
			blob := hex.EncodeToString(key.MAC("blob", body))
			d.Body = &disclosure.File{Blob: blob, Named: disclosure.Named{Name: "body.html", Content: disclosure.Sum("text/html; charset=utf-8", body)}}
			draft, err := json.Marshal(d)
			must(t, err)
			raw, err := json.Marshal(c)
			must(t, err)
			seal := func(part string, plain []byte) string {
				return hex.EncodeToString(key.Seal("disclosure/"+r.ID+"/"+part, plain))
			}
			r.Kind, r.Case, r.Wrapped, r.Draft, r.Blob, r.Body, r.Length = d.Kind, raw, hex.EncodeToString(wrapped), seal("draft", draft), blob, seal("blob/"+blob, body), len(body)
			rows, ids = append(rows, r), append(ids, r.ID)
		}
		raw, err := json.Marshal(rows)
		must(t, err)
		tx, err := db.BeginTxx(t.Context(), nil)
		must(t, err)
		_, err = tx.Exec(`SET LOCAL session_replication_role = replica`)
		must(t, err)
		_, err = tx.Exec(`WITH x AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1) AS x (id uuid, number text, kind text, state text, step text, section text, drafter uuid,
				kase jsonb, wrapped text, draft text, blob text, body text, length bigint, at timestamptz)),
			d AS (INSERT INTO disclosures (id, number, unit_id, section_id, drafter_id, kind, state, step, version, state_of_case, release_at, updated_at)
				SELECT id, number, $2, section, drafter, kind, state, step, 1, kase, at, at FROM x),
			k AS (INSERT INTO item_keys SELECT id, decode(wrapped, 'hex') FROM x),
			b AS (INSERT INTO blobs SELECT id, blob, length, decode(body, 'hex') FROM x),
			f AS (INSERT INTO drafts (disclosure_id, revision, sealed, updated_by) SELECT id, 1, decode(draft, 'hex'), drafter FROM x),
			c AS (INSERT INTO contributors (disclosure_id, person_id) SELECT id, drafter FROM x),
			q AS (INSERT INTO item_words_due SELECT id, $2 FROM x)
			INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, section_id, opened_at, due_at)
			SELECT id, 1, step, 0, 'section_head', $2, '', at - interval '2 days', at FROM x WHERE step <> ''`, string(raw), b.Unit)
		must(t, err)
		must(t, tx.Commit())
	}
	_, err := db.Exec(`ANALYZE`)
	must(t, err)
	return ids
}

// Exec runs a statement as the superuser.
func Exec(t testing.TB, s Stored, query string, args ...any) {
	t.Helper()
	_, err := Open(t, s.Superuser).ExecContext(t.Context(), query, args...)
	must(t, err)
}

// Cell reads one value as the superuser.
func Cell[T any](t testing.TB, s Stored, query string, args ...any) (v T) {
	t.Helper()
	must(t, Open(t, s.Superuser).GetContext(t.Context(), &v, query, args...))
	return v
}

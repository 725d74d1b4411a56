//go:build linux

package testkit

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"shenfa/internal/disclosure"
)

// Member is one of a crowd.
type Member struct {
	ID, Number, Title string
	At                time.Time // becomes public; armed a minute before
}

const crowdBatch = 500

// Crowd puts n disclosures in the store that are public from the instants on that at
// names, by the database clock, each sealed under its own key. They did not come along
// the road: the rows are written as a superuser, in bulk, for tests that need
// thousands. Their numbers begin with series.
func Crowd(t testing.TB, s Stored, b Bureau, series string, n int, at func(k int) time.Time, options ...Option) []Member {
	t.Helper()
	type row struct {
		ID       string    `json:"id"`
		Number   string    `json:"number"`
		Hash     string    `json:"hash"`
		Kind     string    `json:"kind"`
		Wrapped  string    `json:"wrapped"`
		Manifest string    `json:"manifest"`
		Draft    string    `json:"draft"`
		Blob     string    `json:"blob"`
		Body     string    `json:"body"`
		Length   int       `json:"length"`
		At       time.Time `json:"at"`
	}
	db := Open(t, s.Superuser)
	crowd := make([]Member, 0, n)
	for len(crowd) < n {
		var rows []row
		for range min(crowdBatch, n-len(crowd)) {
			k := len(crowd)
			m := Member{ID: uuid.NewString(), Number: fmt.Sprintf("%s-%06d", series, k+1), At: at(k)}
			r := Recipe{
				Body: "<p>" + m.Number + " 的正文</p>",
				Draft: disclosure.Draft{
					Metadata: disclosure.Metadata{
						Title: "关于" + m.Number + "的通知", Kind: "notice", IndexNumber: "000000/" + m.Number, FormedOn: "2026-01-05",
						Topic: "安全生产", Keywords: []string{"检查"}, Summary: "例行检查",
					},
					Attribute: disclosure.Proactive, Channels: []string{"portal"},
				},
			}
			for _, o := range options {
				o(&r)
			}
			m.Title = r.Draft.Title
			wrapped, key, err := s.Vault.NewItemKey()
			must(t, err)
			body := []byte(r.Body)
			content := disclosure.Sum("text/html; charset=utf-8", body)
			blob := hex.EncodeToString(key.MAC("blob", body))
			r.Draft.Body = &disclosure.File{Blob: blob, Named: disclosure.Named{Content: content}}
			manifest := disclosure.Manifest{
				Salt: rand.Text(), Disclosure: m.ID, Number: m.Number, Version: 1, Unit: b.Unit, Metadata: r.Draft.Metadata,
				Body: content, Attribute: r.Draft.Attribute, Channels: r.Draft.Channels, RuleSet: RuleSet,
			}
			canonical, err := manifest.Canonical()
			must(t, err)
			draft, err := json.Marshal(r.Draft)
			must(t, err)
			seal := func(part string, plain []byte) string {
				return hex.EncodeToString(key.Seal("disclosure/"+m.ID+"/"+part, plain))
			}
			rows = append(rows, row{
				ID: m.ID, Number: m.Number, Hash: string(disclosure.HashOf(canonical)), Kind: r.Draft.Kind, Wrapped: hex.EncodeToString(wrapped),
				Manifest: seal("manifest/1", canonical), Draft: seal("frozen/1", draft), Blob: blob, Body: seal("blob/"+blob, body), Length: len(body), At: m.At,
			})
			crowd = append(crowd, m)
		}
		raw, err := json.Marshal(rows)
		must(t, err)
		tx, err := db.BeginTxx(t.Context(), nil)
		must(t, err)
		_, err = tx.Exec(`SET LOCAL session_replication_role = replica`)
		must(t, err)
		_, err = tx.Exec(`WITH x AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1) AS x (id uuid, number text, hash text, kind text, wrapped text,
				manifest text, draft text, blob text, body text, length bigint, at timestamptz)),
			d AS (INSERT INTO disclosures (id, number, unit_id, section_id, drafter_id, kind, state, version, manifest_hash, state_of_case)
				SELECT id, number, $2, $3, $4, kind, 'released', 1, hash, '{}' FROM x),
			k AS (INSERT INTO item_keys SELECT id, decode(wrapped, 'hex') FROM x),
			b AS (INSERT INTO blobs SELECT id, blob, length, decode(body, 'hex') FROM x),
			v AS (INSERT INTO versions (disclosure_id, version, manifest_hash, sealed_manifest, sealed_draft, rule_set, draft_revision, frozen_by, body_blob)
				SELECT id, 1, hash, decode(manifest, 'hex'), decode(draft, 'hex'), $5, 0, $4, blob FROM x)
			INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation, armed_at, number)
			SELECT gen_random_uuid(), id, 1, hash, $2, kind, '{portal}', at, at + interval '7 days', 'now', at, 0, at - interval '1 minute', number FROM x`,
			string(raw), b.Unit, b.Section, b.Drafter.ID, RuleSet)
		must(t, err)
		must(t, tx.Commit())
	}
	_, err := db.Exec(`ANALYZE`)
	must(t, err)
	return crowd
}

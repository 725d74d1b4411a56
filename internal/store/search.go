package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"golang.org/x/net/html"

	"shenfa/internal/disclosure"
)

// ItemWords is what an item is found by, as it is compared: see folded.
type ItemWords struct {
	Head string `json:"head"` // number, title and the other fields
	Body string `json:"body"`
}

// maxBody bounds the words of a body that are taken up, in bytes.
const maxBody = 400_000

func wordsContext(id string) string { return "disclosure/" + id + "/words" }

// marks are the coarse marks of grams in a unit: 16 bits of a keyed hash.
func (s *Store) marks(unit string, grams []string) pq.Int64Array {
	out := make(pq.Int64Array, 0, len(grams))
	for _, g := range grams {
		out = append(out, int64(binary.BigEndian.Uint16(s.vault.MAC("item-words/"+unit, []byte(g)))))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TakeUpWords makes at most n drafts that changed findable again, of one unit or, if unit
// is empty, of all, and says how many it took up. Several may do so at once.
func (s *Store) TakeUpWords(ctx context.Context, unit string, n int) (done int, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		var due []struct {
			ID       string `db:"disclosure_id"`
			Unit     string `db:"unit_id"`
			Number   string `db:"number"`
			State    string `db:"state"`
			Revision int64  `db:"revision"`
			Sealed   []byte `db:"sealed"`
			Wrapped  []byte `db:"wrapped"`
		}
		// The draft is held, so that what is taken up is what stands there at the commit.
		if err := tx.SelectContext(ctx, &due, `SELECT q.disclosure_id, q.unit_id, d.number, d.state, f.revision, f.sealed, k.wrapped
			FROM item_words_due q JOIN drafts f USING (disclosure_id) JOIN disclosures d ON d.id = q.disclosure_id JOIN item_keys k USING (disclosure_id)
			WHERE $1 = '' OR q.unit_id = $1 LIMIT $2 FOR UPDATE OF q SKIP LOCKED FOR SHARE OF f`, unit, n); err != nil {
			return err
		}
		for _, r := range due {
			key, err := s.vault.Unwrap(r.Wrapped)
			if err != nil {
				return fmt.Errorf("key of %s: %w", r.ID, err)
			}
			var d disclosure.Draft
			if err := openJSON(key, draftContext(r.ID), r.Sealed, &d); err != nil {
				return err
			}
			var body []byte
			if d.Body != nil {
				var sealed []byte
				if err := tx.GetContext(ctx, &sealed, `SELECT sealed FROM blobs WHERE disclosure_id = $1 AND id = $2`, r.ID, d.Body.Blob); err != nil {
					return fmt.Errorf("body of %s: %w", r.ID, err)
				}
				if body, err = key.Open(blobContext(r.ID, d.Body.Blob), sealed); err != nil {
					return fmt.Errorf("body of %s: %w", r.ID, err)
				}
			}
			names := []string{}
			for _, f := range d.Attachments {
				names = append(names, f.Name)
			}
			w := ItemWords{Head: searchText(r.Number, d.Metadata) + " " + folded(strings.Join(names, "\n")), Body: folded(plainText(body))}
			sealed, err := sealJSON(key, wordsContext(r.ID), w)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `WITH q AS (DELETE FROM item_words_due WHERE disclosure_id = $1)
				INSERT INTO item_words VALUES ($1, $2, $3, $4)
				ON CONFLICT (disclosure_id) DO UPDATE SET draft_revision = excluded.draft_revision, marks = excluded.marks, sealed = excluded.sealed`,
				r.ID, r.Revision, s.marks(r.Unit, grams(w.Head+" "+w.Body)), sealed); err != nil {
				return err
			}
		}
		done = len(due)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("take up words: %w", err)
	}
	return done, nil
}

// plainText is the text of a body, without its tags.
func plainText(page []byte) string {
	var out strings.Builder
	for z := html.NewTokenizer(bytes.NewReader(page)); out.Len() < maxBody; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				return "" // cannot be: it was written by us, and is read from memory
			}
			return out.String()
		case html.TextToken:
			out.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); !within[string(name)] {
				out.WriteByte('\n')
			}
		}
	}
	return out.String()
}

// within are the tags that stand within a word without ending it.
var within = map[string]bool{"a": true, "b": true, "em": true, "i": true, "span": true, "strong": true, "sub": true, "sup": true, "u": true, "s": true, "mark": true}

// has says whether all terms stand in the words, and whether the body had to be read for
// one of them.
func (w ItemWords) has(terms []string) (found, inBody bool) {
	for _, t := range terms {
		switch {
		case strings.Contains(w.Head, t):
		case strings.Contains(w.Body, t):
			inBody = true
		default:
			return false, false
		}
	}
	return true, inBody
}

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// CampaignQuery says which public items are meant: those to which all of it applies.
// What is empty applies to all.
type CampaignQuery struct {
	Rule     string `json:"rule"`     // found by it, whatever was done about that
	Reviewer string `json:"reviewer"` // id or login of somebody who let it pass
	Phrase   string `json:"phrase"`   // somewhere in what is public of it
	From     string `json:"from"`     // first day of release, YYYY-MM-DD
	To       string `json:"to"`       // last day of release
	Kind     string `json:"kind"`
	Rules    bool   `json:"rules"` // the rules in force now find what nobody has disposed of
}

// Campaign is one re-review of what is public (专项复核).
type Campaign struct {
	ID           string     `db:"id"`
	Unit         string     `db:"unit_id"`
	Sealed       []byte     `db:"sealed"`
	Recall       bool       `db:"recall"`
	DueAt        time.Time  `db:"due_at"`
	By           string     `db:"opened_by"`
	ByName       string     `db:"by_name"`
	OpenedAt     time.Time  `db:"opened_at"`
	Looked       int        `db:"looked"`
	Cursor       string     `db:"looked_up_to"`
	SearchedAt   *time.Time `db:"searched_at"`
	ClosedAt     *time.Time `db:"closed_at"`
	ClosedBy     *string    `db:"closed_by"`
	CloserName   *string    `db:"closer_name"`
	SealedReport []byte     `db:"sealed_report"`
	Items        int        `db:"items"`
	Kept         int        `db:"kept"`
	Withdrawn    int        `db:"withdrawn"`
	Recalled     int        `db:"recalled"`
	Gone         int        `db:"gone"` // taken off by somebody else meanwhile

	Words  CampaignWords
	Report string
}

// CampaignWords are what of a campaign is sealed.
type CampaignWords struct {
	Reason string        `json:"reason"`
	Query  CampaignQuery `json:"query"`
}

// CampaignItem is one disclosure to be reviewed once more.
type CampaignItem struct {
	Campaign string             `db:"campaign_id"`
	ID       string             `db:"disclosure_id"`
	Version  int                `db:"version"`
	Sealed   []byte             `db:"sealed"`
	Outcome  *disclosure.Review `db:"outcome"`
	By       *string            `db:"person_id"`
	ByName   *string            `db:"by_name"`
	Opinion  *string            `db:"opinion_id"`
	Words    []byte             `db:"sealed_words"`
	At       *time.Time         `db:"at"`
	Mine     bool               `db:"mine"` // the viewer may review it: no part in it, no decision on it

	Found  json.RawMessage // why it is in the campaign, as it was added
	Reason string
}

// Candidate is something public that a campaign may be about.
type Candidate struct {
	ID      string    `db:"id"`
	Number  string    `db:"number"`
	Version int       `db:"version"`
	At      time.Time `db:"release_at"`
}

func campaignContext(id, what string) string { return "campaign/" + id + "/" + what }

func campaignItemContext(campaign, id string) string {
	return "disclosure/" + id + "/campaign/" + campaign
}

// Candidates lists what is public of a unit, on any channel, and matches what q says about
// more than its content; newest first, before an instant and id.
func (s *Store) Candidates(ctx context.Context, unit string, q CampaignQuery, from, to, before time.Time, id string, limit int) ([]Candidate, error) {
	var rows []Candidate
	err := s.db.SelectContext(ctx, &rows, `SELECT d.id, d.number, d.version, g.release_at
		  FROM disclosures d JOIN grants g ON g.disclosure_id = d.id AND g.revoked_at IS NULL
		 WHERE d.unit_id = $1 AND d.state IN ('armed', 'releasing', 'released', 'failed', 'out_of_force')
		   AND g.armed_at IS NOT NULL AND g.release_at <= clock_timestamp() AND NOT superseded(g)
		   AND ($2 = '' OR d.kind = $2)
		   AND ($3::timestamptz IS NULL OR g.release_at >= $3) AND ($4::timestamptz IS NULL OR g.release_at < $4)
		   AND ($5 = '' OR EXISTS (SELECT FROM findings f WHERE f.disclosure_id = d.id AND f.version = d.version AND f.rule = $5))
		   AND ($6 = '' OR EXISTS (SELECT FROM decisions x JOIN people p ON p.id = x.person_id
		                            WHERE x.disclosure_id = d.id AND x.version = d.version AND x.counts AND (p.id::text = $6 OR p.login = $6)))
		   AND ($7::timestamptz IS NULL OR (g.release_at, d.id) < ($7, $8::uuid))
		 ORDER BY g.release_at DESC, d.id DESC LIMIT $9`,
		unit, q.Kind, nullTime(from), nullTime(to), q.Rule, q.Reviewer, nullTime(before), nullable(id), limit)
	if err != nil {
		return nil, fmt.Errorf("candidates: %w", err)
	}
	return rows, nil
}

// AddCampaign opens a campaign. The same id again changes nothing.
func (s *Store) AddCampaign(ctx context.Context, id string, by disclosure.Person, words CampaignWords, recall bool, due time.Time) error {
	plain, err := json.Marshal(words)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO campaigns (id, unit_id, sealed, recall, due_at, opened_by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			id, by.Unit, s.vault.Seal(campaignContext(id, "words"), plain), recall, due, by.ID)
		if err != nil {
			return fmt.Errorf("open campaign: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "open_campaign", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"recall": strconv.FormatBool(recall)},
		})
	})
}

// CampaignFound is what a look found: why each item is to be reviewed, as JSON.
type CampaignFound struct {
	Candidate
	Found json.RawMessage
}

// Look adds what was found since cursor was reached to a campaign, each as a task for a
// confidentiality reviewer. next is where the following look begins, "" if all was looked
// at. A look that another one overtook is refused as fenced.
func (s *Store) Look(ctx context.Context, c Campaign, by disclosure.Person, found []CampaignFound, looked int, next string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE campaigns SET looked = looked + $3, looked_up_to = $4, searched_at = CASE WHEN $4 = '' THEN clock_timestamp() END
			WHERE id = $1 AND looked_up_to = $2 AND searched_at IS NULL`, c.ID, c.Cursor, looked, next)
		if err != nil {
			return fmt.Errorf("look: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrFenced, err)
		}
		for _, f := range found {
			key, err := s.key(ctx, tx, f.ID)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO campaign_items (campaign_id, disclosure_id, version, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
				c.ID, f.ID, f.Version, key.Seal(campaignItemContext(c.ID, f.ID), f.Found)); err != nil {
				return fmt.Errorf("campaign item: %w", err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at) VALUES ($1, $2, $3, 0, $4, $5, $6) ON CONFLICT DO NOTHING`,
				f.ID, f.Version, disclosure.ReReviewStep, disclosure.Confidentiality, c.Unit, c.DueAt); err != nil {
				return fmt.Errorf("campaign task: %w", err)
			}
			if err := insertAudit(ctx, tx, Audit{
				Actor: by.ID, Action: "re_review", Object: f.ID, Unit: c.Unit, Outcome: "ok", Detail: map[string]string{"campaign": c.ID},
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

const selectCampaign = `SELECT c.id, c.unit_id, c.sealed, c.recall, c.due_at, c.opened_by, p.name AS by_name, c.opened_at, c.looked, c.looked_up_to, c.searched_at,
		c.closed_at, c.closed_by, q.name AS closer_name, c.sealed_report,
		(SELECT count(*) FROM campaign_items i WHERE i.campaign_id = c.id) AS items,
		(SELECT count(*) FROM campaign_items i WHERE i.campaign_id = c.id AND i.outcome = 'keep') AS kept,
		(SELECT count(*) FROM campaign_items i WHERE i.campaign_id = c.id AND i.outcome = 'withdraw') AS withdrawn,
		(SELECT count(*) FROM campaign_items i WHERE i.campaign_id = c.id AND i.outcome = 'recall') AS recalled,
		(SELECT count(*) FROM campaign_items i JOIN disclosures d ON d.id = i.disclosure_id
		  WHERE i.campaign_id = c.id AND i.outcome IS NULL AND d.state IN ('recalled', 'taken_down')) AS gone
	  FROM campaigns c JOIN people p ON p.id = c.opened_by LEFT JOIN people q ON q.id = c.closed_by`

// Campaigns lists those of a unit, newest first.
func (s *Store) Campaigns(ctx context.Context, unit string, limit int) ([]Campaign, error) {
	return s.campaigns(ctx, selectCampaign+` WHERE c.unit_id = $1 ORDER BY c.opened_at DESC, c.id LIMIT $2`, unit, limit)
}

// Campaign finds one of a unit.
func (s *Store) Campaign(ctx context.Context, unit, id string) (Campaign, error) {
	if !isUUID(id) {
		return Campaign{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	rows, err := s.campaigns(ctx, selectCampaign+` WHERE c.unit_id = $1 AND c.id = $2`, unit, id)
	if err != nil {
		return Campaign{}, err
	}
	if len(rows) == 0 {
		return Campaign{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	return rows[0], nil
}

func (s *Store) campaigns(ctx context.Context, query string, args ...any) ([]Campaign, error) {
	var rows []Campaign
	if err := s.db.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("campaigns: %w", err)
	}
	for i := range rows {
		c := &rows[i]
		words, err := s.vault.Open(campaignContext(c.ID, "words"), c.Sealed)
		if err == nil {
			err = json.Unmarshal(words, &c.Words)
		}
		if err == nil && c.SealedReport != nil {
			var report []byte
			report, err = s.vault.Open(campaignContext(c.ID, "report"), c.SealedReport)
			c.Report = string(report)
		}
		if err != nil {
			return nil, fmt.Errorf("words of a campaign: %w", err)
		}
	}
	return rows, nil
}

// CampaignItems lists what a campaign is about, in the order of the numbers.
func (s *Store) CampaignItems(ctx context.Context, campaign string, viewer disclosure.Person) ([]CampaignItem, error) {
	var rows []CampaignItem
	if err := s.db.SelectContext(ctx, &rows, `SELECT i.campaign_id, i.disclosure_id, i.version, i.sealed, i.outcome, i.person_id, p.name AS by_name,
			i.opinion_id, o.sealed AS sealed_words, i.at,
			i.outcome IS NULL AND d.state NOT IN ('recalled', 'taken_down')
			  AND EXISTS (SELECT FROM person_roles r WHERE r.person_id = $2 AND r.role = 'confidentiality_reviewer')
			  AND NOT EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = i.disclosure_id AND c.person_id = $2)
			  AND NOT EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = i.disclosure_id AND x.person_id = $2) AS mine
		  FROM campaign_items i JOIN disclosures d ON d.id = i.disclosure_id
		  LEFT JOIN people p ON p.id = i.person_id LEFT JOIN opinions o ON o.id = i.opinion_id
		 WHERE i.campaign_id = $1 ORDER BY d.number, d.edition`, campaign, viewer.ID); err != nil {
		return nil, fmt.Errorf("items of a campaign: %w", err)
	}
	for i := range rows {
		r := &rows[i]
		key, err := s.key(ctx, s.db, r.ID)
		if err != nil {
			return nil, err
		}
		found, err := key.Open(campaignItemContext(campaign, r.ID), r.Sealed)
		if err != nil {
			return nil, fmt.Errorf("campaign item: %w", err)
		}
		if r.Found = found; r.Opinion == nil {
			continue
		}
		// Words from before an erasure stay shut.
		if words, err := key.Open(opinionContext(r.ID, *r.Opinion), r.Words); err == nil {
			r.Reason = string(words)
		}
	}
	return rows, nil
}

const settleItem = `UPDATE campaign_items SET outcome = $3, person_id = $4, opinion_id = $5, at = clock_timestamp()
	WHERE campaign_id = $1 AND disclosure_id = $2 AND outcome IS NULL`

// closeReview ends the task of an item that no open campaign asks about any more.
const closeReview = `UPDATE tasks t SET closed_at = clock_timestamp() WHERE t.disclosure_id = $1 AND t.step = 're_review' AND t.closed_at IS NULL
	AND NOT EXISTS (SELECT FROM campaign_items i JOIN disclosures d ON d.id = i.disclosure_id JOIN campaigns c ON c.id = i.campaign_id
	                 WHERE i.disclosure_id = t.disclosure_id AND i.outcome IS NULL AND c.closed_at IS NULL AND d.state NOT IN ('recalled', 'taken_down'))`

// KeepPublic notes that an item was reviewed once more and may stay.
func (s *Store) KeepPublic(ctx context.Context, campaign, id string, by disclosure.Person, opinion string) error {
	if !isUUID(campaign) || !isUUID(id) {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := settle(ctx, tx, campaign, id, disclosure.ReviewKeep, by.ID, opinion); err != nil {
			return err
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "keep_public", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"campaign": campaign, "opinion": opinion},
		})
	})
}

func settle(ctx context.Context, tx *sqlx.Tx, campaign, id string, outcome disclosure.Review, by, opinion string) error {
	res, err := tx.ExecContext(ctx, settleItem, campaign, id, outcome, by, nullable(opinion))
	if err != nil {
		return fmt.Errorf("review of a campaign: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(disclosure.Refuse(disclosure.CampaignItemDone, ""), err)
	}
	if _, err := tx.ExecContext(ctx, closeReview, id); err != nil {
		return fmt.Errorf("close task: %w", err)
	}
	return nil
}

// campaign settles the review that led to an act, and ends the tasks of reviews that the
// act makes idle.
func (r *recorder) campaign(ctx context.Context) error {
	if r.Act.Type != disclosure.Recall && r.Act.Type != disclosure.TakeDown && r.Act.Type != disclosure.Expire {
		return nil
	}
	if r.Act.Campaign == "" {
		return r.exec(ctx, "review", closeReview, r.ID)
	}
	if !isUUID(r.Act.Campaign) {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	outcome := disclosure.ReviewWithdraw
	if r.Act.Type == disclosure.Recall {
		outcome = disclosure.ReviewRecall
	}
	return settle(ctx, r.tx, r.Act.Campaign, r.ID, outcome, r.Act.By.ID, r.Act.Opinion)
}

// CloseCampaign ends a campaign with a report.
func (s *Store) CloseCampaign(ctx context.Context, id string, by disclosure.Person, report string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE campaigns SET closed_at = clock_timestamp(), closed_by = $3, sealed_report = $4 WHERE id = $1 AND unit_id = $2`,
			id, by.Unit, by.ID, s.vault.Seal(campaignContext(id, "report"), []byte(report)))
		if err != nil {
			return fmt.Errorf("close campaign: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "close_campaign", Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

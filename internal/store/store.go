// Package store is all of our SQL, one file a subject. What is content leaves it
// sealed and comes back opened; what PostgreSQL refuses comes back as a refusal of
// the domain.
package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
	"shenfa/internal/vault"
	"shenfa/migrations"
)

// Store reads and writes our schema.
type Store struct {
	db    *sqlx.DB
	vault *vault.Vault
	told  *notice.Rules
	lists struct { // parsed word lists, the latest of each unit
		sync.Mutex
		of map[string]ready
	}
}

// ErrFenced says that the row moved on since the writer read it.
var ErrFenced = errors.New("the disclosure has moved on")

// Open connects to dsn, whose search path must begin with our schema.
func Open(ctx context.Context, dsn string, v *vault.Vault, connections int) (*Store, error) {
	told, err := notice.Load()
	if err != nil {
		return nil, err
	}
	connector, err := newPreparer(dsn)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the database: %w", err), db.Close())
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s := &Store{db: db, vault: v, told: told}
	s.lists.of = map[string]ready{}
	return s, nil
}

// Close closes the pool.
func (s *Store) Close() error { return s.db.Close() }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Now is the database clock, the one that rules.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	err = s.db.GetContext(ctx, &now, `SELECT clock_timestamp()`)
	return now, err
}

// tx runs f in a transaction and turns what PostgreSQL refuses into refusals.
func (s *Store) tx(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(refusal(err), rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", refusal(err))
	}
	return nil
}

func rollback(tx *sqlx.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// refusals maps constraints to what they refuse. A constraint that is not here
// guards against ourselves: its violation is an internal error.
var refusals = map[string]disclosure.Code{
	"decisions_not_by_contributor": disclosure.ContributorDecides,
	"decisions_one_per_person":     disclosure.AlreadyDecided,
	"decisions_one_per_seat":       disclosure.AlreadyDecided,
	"decisions_on_this_manifest":   disclosure.ManifestChanged,
	"decisions_role_held":          disclosure.NotYourTask,
	"decisions_mandate":            disclosure.NoMandate,
	"ratifications_by_party":       disclosure.RatifyByParty,
	"ratifications_role_held":      disclosure.Forbidden,
	"ratifications_once":           disclosure.NothingToRatify,
	"reevaluations_own":            disclosure.ReevaluateOwn,
	"reevaluations_role_held":      disclosure.Forbidden,
	"reevaluations_of_closed":      disclosure.NotReevaluated,
	"tasks_holder":                 disclosure.NotEligible,
	"signers_not_contributor":      disclosure.NotEligible,
	"delegations_not_past":         disclosure.DelegationPast,
	"delegations_eligible":         disclosure.NotEligible,
	"delegations_no_chain":         disclosure.DelegationChain,
	"delegations_overlap":          disclosure.DelegationOverlaps,
	"grants_in_window":             disclosure.ReleaseOutOfWindow,
	"disclosures_one_correction":   disclosure.CorrectionOpen,
	"batch_members_closed":         disclosure.BatchClosed,

	"people_pkey":                   disclosure.IdempotencyReused,
	"sessions_id_key":               disclosure.IdempotencyReused,
	"people_login_key":              disclosure.LoginTaken,
	"roles_separated":               disclosure.RolesMixed,
	"nobody_administers_themselves": disclosure.OwnAccount,
	"last_administrator":            disclosure.LastAdministrator,
	"sections_pkey":                 disclosure.SectionTaken,
	"routes_one_proposal":           disclosure.RouteOpen,
	"routes_append_only":            disclosure.RouteSettled,
	"routes_second_person":          disclosure.RouteSecondPerson,
	"routes_pkey":                   disclosure.RouteOpen,
	"routes_role_held":              disclosure.Forbidden,

	"calendar_years_one_proposal":  disclosure.CalendarOpen,
	"calendar_years_append_only":   disclosure.CalendarSettled,
	"calendar_years_second_person": disclosure.CalendarSecondPerson,
	"calendar_years_pkey":          disclosure.CalendarOpen,
	"calendar_years_role_held":     disclosure.Forbidden,

	"campaigns_over":                    disclosure.CampaignClosed,
	"campaigns_unfinished":              disclosure.CampaignUnfinished,
	"campaign_items_once":               disclosure.CampaignItemDone,
	"campaign_items_not_by_decider":     disclosure.CampaignByDecider,
	"campaign_items_not_by_contributor": disclosure.ContributorDecides,
	"campaign_items_role_held":          disclosure.NotYourTask,

	"questions_open":         disclosure.QuestionOpen,
	"questions_notice_first": disclosure.QuestionUntold,
	"questions_road":         disclosure.QuestionMoved,

	"announcements_one_proposal":  disclosure.AnnouncedOpen,
	"announcements_append_only":   disclosure.AnnouncedSettled,
	"announcements_second_person": disclosure.AnnouncedSecond,
	"announcements_role_held":     disclosure.Forbidden,
	"announcements_over":          disclosure.AnnouncedOver,
	"announcements_untold":        disclosure.AnnouncedUntold,
	"announcements_past":          disclosure.AnnouncedPast,
	"announcements_pkey":          disclosure.IdempotencyReused,

	"previews_open":        disclosure.PreviewClosed,
	"previews_responsible": disclosure.NotYours,
	"previews_reader":      disclosure.NotEligible,
	"previews_pkey":        disclosure.IdempotencyReused,

	"chain_unknown": disclosure.TieUnknown,
	"chain_taken":   disclosure.ChainTaken,
	"chain_ended":   disclosure.ChainEnded,
	"chain_cycle":   disclosure.ChainCycle,

	"extensions_pkey":      disclosure.ExtendedAlready,
	"extension_expired":    disclosure.ExtensionExpired,
	"extension_by_holder":  disclosure.ExtensionByHolder,
	"nothing_to_extend":    disclosure.NothingToExtend,
	"extensions_longer":    disclosure.ExtensionPastLimit,
	"extensions_role_held": disclosure.Forbidden,

	"companion_missing":    disclosure.CompanionMissing,
	"companion_not_waived": disclosure.CompanionWaiver,
}

func refusal(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
	}
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		if code, ok := refusals[pqErr.Constraint]; ok {
			return errors.Join(disclosure.Refuse(code, ""), err)
		}
	}
	return err
}

// violates says whether err is the violation of that constraint.
func violates(err error, constraint string) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Constraint == constraint
}

// lazily is a source of one row that lets its statement be committed without waiting
// for the disk. It is for what a crash may lose: rows that the next commit of an act,
// which waits, makes durable with it, and answers that can be given again.
const lazily = `set_config('synchronous_commit', 'off', true)`

// queryer is what a transaction and the pool have in common.
type queryer interface {
	sqlx.ExtContext
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

// key opens the item's key.
func (s *Store) key(ctx context.Context, q queryer, id string) (vault.ItemKey, error) {
	var wrapped []byte
	if err := q.GetContext(ctx, &wrapped, `SELECT wrapped FROM item_keys WHERE disclosure_id = $1`, id); err != nil {
		return vault.ItemKey{}, refusal(fmt.Errorf("item key: %w", err))
	}
	return s.vault.Unwrap(wrapped)
}

func sealJSON(k vault.ItemKey, context string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return k.Seal(context, plain), nil
}

func openJSON(k vault.ItemKey, context string, sealed []byte, v any) error {
	plain, err := k.Open(context, sealed)
	if err != nil {
		return fmt.Errorf("open %s: %w", context, err)
	}
	return json.Unmarshal(plain, v)
}

// Contexts bind sealed bytes to the place they belong to, so that they cannot be
// moved to another.
func draftContext(id string) string { return "disclosure/" + id + "/draft" }

func manifestContext(id string, n int) string { return fmt.Sprintf("disclosure/%s/manifest/%d", id, n) }

func frozenContext(id string, n int) string { return fmt.Sprintf("disclosure/%s/frozen/%d", id, n) }

func blobContext(id, blob string) string { return "disclosure/" + id + "/blob/" + blob }

func opinionContext(id, opinion string) string { return "disclosure/" + id + "/opinion/" + opinion }

func findingContext(id, finding string) string { return "disclosure/" + id + "/finding/" + finding }

func checkedContext(id string) string { return "disclosure/" + id + "/checked" }

func incidentContext(id, incident string) string { return "disclosure/" + id + "/incident/" + incident }

// Derive makes a stable UUID out of names, so that the same request makes the same row.
func Derive(names ...string) string {
	id := uuid.NameSpaceOID
	for _, n := range names {
		id = uuid.NewSHA1(id, []byte(n))
	}
	return id.String()
}

func isUUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// UpToDate refuses a schema that lacks migrations: a program must not run on it.
func (s *Store) UpToDate(ctx context.Context) error {
	pending, err := migrations.Pending(ctx, s.db.DB)
	if err == nil && pending {
		err = errors.New("the database schema is not up to date: run shenfa migrate")
	}
	return err
}

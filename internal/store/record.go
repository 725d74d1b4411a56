package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Transition is one act on a case at a revision. The rules are asked again here, on
// the case that stands in the database; After is what they led to for whoever took
// the act, and has to be the same.
type Transition struct {
	ID       string
	Revision int64
	Act      disclosure.Act
	After    disclosure.Digest
	Due      DueFunc
	// Calendar is the version of the one that Due counts on; "" if that is not known.
	Calendar string
}

// DueFunc says when a task of a case is due that was opened at an instant.
type DueFunc func(opened time.Time, c disclosure.Case, t disclosure.Task) (time.Time, error)

// Recorded is what a transition led to.
type Recorded struct {
	Revision int64 // after the act
	// Case is what stands in the database if the act had been recorded before. It
	// rules: the act may have been taken at another moment then, and more may have
	// happened since.
	Case *disclosure.Case `json:",omitempty"`
	// Crowd is how many items have the same instant, this one included, and Opens
	// says that nobody is known to wait for that instant yet. Only of Arm.
	Crowd int  `json:",omitempty"`
	Opens bool `json:",omitempty"`
}

// Record writes a transition in one transaction: state, decision, tasks, grant,
// effects and audit row. It is fenced by the revision, so a stale writer gets
// ErrFenced, and by the act's id, so the same act again is a no-op.
func (s *Store) Record(ctx context.Context, t Transition) (out Recorded, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		r := recorder{store: s, tx: tx, Transition: t}
		if err := r.together(ctx); err != nil {
			return err
		}
		if done, err := r.begin(ctx, &out); err != nil || done {
			return err
		}
		for _, step := range []func(context.Context) error{
			r.evidence, r.move, r.act, r.signers, r.question, r.decision, r.void, r.grant, r.ratification, r.effects, r.tasks, r.incident, r.withdrawal, r.rehearsed, r.campaign, r.companion, r.tell,
		} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		out.Revision = r.After.Revision
		return r.crowd(ctx, &out)
	})
	return out, err
}

type recorder struct {
	store *Store
	tx    *sqlx.Tx
	Transition
	Before, After disclosure.Case
	now           time.Time
	auditID       string
}

// begin locks the disclosure and takes the act. It says whether that was recorded
// already, and then reads what stands now.
func (r *recorder) begin(ctx context.Context, out *Recorded) (done bool, err error) {
	var row struct {
		Now      time.Time `db:"now"`
		Revision int64     `db:"revision"`
		Case     []byte    `db:"state_of_case"`
		Done     *int64    `db:"done"`
	}
	if err := r.tx.GetContext(ctx, &row, `SELECT clock_timestamp() AS now, d.revision, d.state_of_case, (SELECT a.revision FROM acts a WHERE a.id = $2) AS done
		FROM disclosures d WHERE d.id = $1 FOR UPDATE`, r.ID, r.Act.ID); err != nil {
		return false, fmt.Errorf("record: %w", err)
	}
	if err := json.Unmarshal(row.Case, &r.Before); err != nil {
		return false, fmt.Errorf("case of %s: %w", r.ID, err)
	}
	if row.Done == nil && row.Revision != r.Revision {
		// The same act may have been on its way twice: while we waited for the lock, the
		// other was quicker, and only another look shows it.
		err := r.tx.GetContext(ctx, &row.Done, `SELECT revision FROM acts WHERE id = $1`, r.Act.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return false, ErrFenced
		}
		if err != nil {
			return false, fmt.Errorf("record: %w", err)
		}
	}
	if row.Done != nil {
		*out, r.After = Recorded{Revision: *row.Done, Case: &r.Before}, r.Before
		return true, r.crowd(ctx, out)
	}
	if r.After, err = r.Before.Take(r.Act); err != nil {
		return false, err
	}
	if r.After.Digest() != r.Transition.After {
		return false, fmt.Errorf("record: the rules lead elsewhere here with %s", r.Act.Type)
	}
	r.now, r.After.Revision = row.Now, row.Revision+1
	return false, nil
}

// crowd looks who shares the instant of what was armed. Two that are armed at the
// same moment may both open it; that does no harm.
func (r *recorder) crowd(ctx context.Context, out *Recorded) error {
	if r.Act.Type != disclosure.Arm {
		return nil
	}
	var row struct {
		Crowd  int  `db:"crowd"`
		Opened bool `db:"opened"`
	}
	if err := r.tx.GetContext(ctx, &row, `SELECT
			(SELECT count(*) FROM grants WHERE release_at = $1 AND revoked_at IS NULL) AS crowd,
			$1 > clock_timestamp() AND EXISTS (
				SELECT FROM disclosures d JOIN grants g ON g.disclosure_id = d.id AND g.revoked_at IS NULL
				 WHERE d.release_at = $1 AND d.state = 'armed' AND d.id <> $2 AND g.channels <> '{portal}') AS opened`,
		r.After.ReleaseAt, r.ID); err != nil {
		return fmt.Errorf("crowd: %w", err)
	}
	out.Crowd, out.Opens = row.Crowd, !row.Opened
	return nil
}

func (r *recorder) exec(ctx context.Context, what, query string, args ...any) error {
	if _, err := r.tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("record %s: %w", what, err)
	}
	return nil
}

// move changes the row.
func (r *recorder) move(ctx context.Context) error {
	after := r.After
	raw, err := json.Marshal(after)
	if err != nil {
		return err
	}
	step, _ := after.CurrentStep()
	return r.exec(ctx, "state", `UPDATE disclosures SET state = $2, step = $3, revision = $4, version = $5, manifest_hash = $6,
			route = $7, route_version = $8, open_findings = $9, release_at = $10, generation = $11, cause = $12, state_of_case = $13,
			kind = coalesce($14, kind), flags = $15, updated_at = clock_timestamp()
		WHERE id = $1`,
		r.ID, after.State, step.ID, after.Revision, after.Version, nullable(string(after.Manifest)),
		nullable(after.Route.ID), after.Route.Version, after.OpenFindings, nullTime(after.ReleaseAt), after.Generation, after.Cause, raw,
		nullable(r.Act.Kind), pq.Array(append([]disclosure.Flag{}, after.Flags...)))
}

func (r *recorder) act(ctx context.Context) error {
	a := r.Act
	r.auditID = uuid.NewString()
	if err := r.exec(ctx, "act", `INSERT INTO acts (id, disclosure_id, revision, type, actor, from_state, to_state, version, manifest_hash,
			step, outcome, return_to, basis, opinion_id, cause, release_at, audit_id, target)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		a.ID, r.ID, r.After.Revision, a.Type, nullable(a.By.ID), r.Before.State, r.After.State, r.After.Version,
		nullable(string(r.After.Manifest)), a.Step, a.Outcome, a.ReturnTo, a.Basis, nullable(a.Opinion), a.Cause, nullTime(a.ReleaseAt), r.auditID, nullable(a.TargetID())); err != nil {
		return err
	}
	actor := a.By.ID
	if actor == "" {
		actor = "system:release"
		if a.Type == disclosure.Checked {
			actor = "system:check"
		}
		if a.Type == disclosure.Vacate {
			actor = "system:accounts"
		}
		if a.Type == disclosure.QuestionSilent {
			actor = "system:clock"
		}
	}
	detail := map[string]string{
		"from": string(r.Before.State), "to": string(r.After.State), "version": fmt.Sprint(r.After.Version), "manifest": string(r.After.Manifest),
	}
	for k, v := range map[string]string{
		"step": a.Step, "outcome": string(a.Outcome), "return_to": a.ReturnTo, "opinion": a.Opinion, "cause": a.Cause,
		"finding": a.Finding, "disposition": string(a.Disposition), "act": a.ID,
		"question": a.Asked().ID, "kind": a.Asked().Kind, "reply": a.Asked().Reply, "ground": a.Asked().Ground, "letter": a.Asked().Letter, "scan": a.Asked().Scan,
		"target": a.TargetID(), "where": a.Where, "on_behalf": a.OnBehalf(), "delegation": a.DelegationID(),
	} {
		if v != "" {
			detail[k] = v
		}
	}
	if a.Type == disclosure.Reroute {
		detail["route_from"], detail["route_to"] = fmt.Sprintf("%s/%d", r.Before.Route.ID, r.Before.Route.Version), fmt.Sprintf("%s/%d", r.After.Route.ID, r.After.Route.Version)
	}
	if !a.ReleaseAt.IsZero() {
		detail["release_at"] = a.ReleaseAt.UTC().Format(time.RFC3339Nano)
	}
	if err := r.commented(ctx, detail); err != nil {
		return err
	}
	return insertAudit(ctx, r.tx, Audit{
		ID: r.auditID, Actor: actor, Action: string(a.Type), Object: r.After.ID, Unit: r.After.Unit, Outcome: "ok", Detail: detail,
	})
}

func (r *recorder) decision(ctx context.Context) error {
	a := r.Act
	seat, role := r.Before.Seat(a.SeatOf())
	switch a.Type {
	case disclosure.Decide:
	case disclosure.Bypass:
		a.Step, a.Outcome = disclosure.BypassStep, disclosure.BypassStep
		seat, role = 0, a.By.RoleFor(disclosure.MayBypass)
	default:
		return nil
	}
	counts := false
	for _, d := range r.After.Decisions {
		counts = counts || d.Act == a.ID
	}
	return r.exec(ctx, "decision", `INSERT INTO decisions (act_id, disclosure_id, version, manifest_hash, step, seat, person_id, role, outcome, counts, on_behalf, delegation_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		a.ID, r.After.ID, r.Before.Version, a.Manifest, a.Step, seat, a.By.ID, role, a.Outcome, counts, nullable(a.OnBehalf()), nullable(a.DelegationID()))
}

// void unmakes the decisions that the case no longer counts.
func (r *recorder) void(ctx context.Context) error {
	if len(r.Before.Decisions) <= len(r.After.Decisions) {
		return nil // a decision is added to those that count, or none is touched
	}
	kept := []string{}
	for _, d := range r.After.Decisions {
		kept = append(kept, d.Act)
	}
	return r.exec(ctx, "void decisions", `UPDATE decisions SET counts = false WHERE disclosure_id = $1 AND counts AND act_id <> ALL ($2)`,
		r.After.ID, pq.Array(kept))
}

// grant issues, moves, arms or revokes the permission.
func (r *recorder) grant(ctx context.Context) error {
	c := r.After
	switch a := r.Act.Type; {
	case (a == disclosure.Decide || a == disclosure.Bypass) && c.State == disclosure.Approved:
		return r.exec(ctx, "grant", `INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation)
			SELECT $1, d.id, d.version, d.manifest_hash, d.unit_id, d.kind, $3, $4, $5, $6, $7, $8 FROM disclosures d WHERE d.id = $2`,
			uuid.NewString(), c.ID, pq.Array(c.Channels), c.NotBefore, c.Latest, c.Late, c.ReleaseAt, c.Generation)
	case a == disclosure.Arm:
		return r.one(ctx, "arm", disclosure.WrongState, `UPDATE grants SET armed_at = clock_timestamp(), public_until = $4
			WHERE disclosure_id = $1 AND revoked_at IS NULL AND generation = $2 AND manifest_hash = $3`, c.ID, c.Generation, c.Manifest, nullTime(c.Until))
	case a == disclosure.Reschedule, a == disclosure.Missed, a == disclosure.NotReady:
		// The system moves what was missed; otherwise only what is not yet due is moved.
		return r.one(ctx, "reschedule", disclosure.ReleaseTooLate, `UPDATE grants SET release_at = $2, generation = $3, armed_at = NULL
			WHERE disclosure_id = $1 AND revoked_at IS NULL AND ($4 OR armed_at IS NULL OR release_at > clock_timestamp())`,
			c.ID, c.ReleaseAt, c.Generation, a == disclosure.Missed || a == disclosure.NotReady && r.Before.State != disclosure.Armed)
	case a == disclosure.Withdraw && r.Before.Complete():
		return r.one(ctx, "withdraw", disclosure.ReleaseTooLate, `UPDATE grants SET revoked_at = clock_timestamp()
			WHERE disclosure_id = $1 AND revoked_at IS NULL AND (armed_at IS NULL OR release_at > clock_timestamp())`, c.ID)
	case a == disclosure.Checked && r.Before.State == disclosure.Approved:
		return r.one(ctx, "quarantine", disclosure.WrongState, `UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1 AND revoked_at IS NULL`, c.ID)
	case a == disclosure.Recall, c.State == disclosure.TakenDown:
		return r.one(ctx, "recall", disclosure.WrongState, `UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1 AND revoked_at IS NULL`, c.ID)
	}
	return nil
}

// one runs a statement that must change exactly one row; otherwise it refuses.
func (r *recorder) one(ctx context.Context, what string, code disclosure.Code, query string, args ...any) error {
	res, err := r.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("record %s: %w", what, err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(disclosure.Refuse(code, "", "act", r.Act.Type.Name("zh")), err)
	}
	return nil
}

func (r *recorder) effects(ctx context.Context) error {
	c := r.After
	switch r.Act.Type {
	case disclosure.Arm:
		for _, channel := range c.Channels {
			if err := r.exec(ctx, "effect", `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at)
				VALUES ($1, $2, $3, $4, $5, 'pending', $6)
				ON CONFLICT (key) DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at WHERE effects.state = 'pending'`,
				disclosure.EffectKey(c.ID, c.Version, channel), c.ID, c.Version, channel, c.Generation, c.ReleaseAt); err != nil {
				return err
			}
		}
	case disclosure.Repair:
		return r.exec(ctx, "effects to send again", `UPDATE effects SET state = 'pending', cause = '' WHERE disclosure_id = $1 AND version = $2 AND state = 'failed'`,
			c.ID, c.Version)
	case disclosure.Recall, disclosure.TakeDown, disclosure.Expire:
		if c.State == disclosure.OutOfForce {
			return nil
		}
		return r.exec(ctx, "recall effects", `UPDATE effects SET state = 'recalled' WHERE disclosure_id = $1 AND version = $2 AND (channel = 'portal' OR state = 'pending')`,
			c.ID, c.Version)
	}
	return nil
}

// tasks closes the seats that no longer wait and opens those that do.
func (r *recorder) tasks(ctx context.Context) error {
	open := r.After.Tasks()
	if r.Act.Type == disclosure.Urge {
		return r.exec(ctx, "urge", `UPDATE tasks SET urged_at = clock_timestamp() WHERE disclosure_id = $1 AND closed_at IS NULL`, r.After.ID)
	}
	if r.Before.Version == r.After.Version && slices.Equal(open, r.Before.Tasks()) {
		return r.paced(ctx)
	}
	keep := make([]string, len(open))
	for i, t := range open {
		keep[i] = fmt.Sprintf("%s/%d", t.Step, t.Seat)
	}
	if err := r.exec(ctx, "close tasks", `UPDATE tasks SET closed_at = clock_timestamp()
		WHERE disclosure_id = $1 AND closed_at IS NULL AND step <> $4 AND (version <> $2 OR step || '/' || seat <> ALL ($3))`,
		r.After.ID, r.After.Version, pq.Array(keep), disclosure.RatifyStep); err != nil {
		return err
	}
	if err := r.holders(ctx, open); err != nil {
		return err
	}
	extended, err := extendedSteps(ctx, r.tx, r.After.ID, r.After.Version)
	if err != nil {
		return err
	}
	for _, t := range open {
		t.Extended = extended[t.Step]
		due, err := r.Due(r.now, r.After, t)
		if err != nil {
			return fmt.Errorf("due time of step %s: %w", t.Step, err)
		}
		if err := r.exec(ctx, "open task", `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, section_id, due_at, named_id, holder_id, opened_at, calendar)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
			r.After.ID, r.After.Version, t.Step, t.Seat, t.Role, r.After.Unit, t.Section, due, nullable(t.Person), nullable(t.Holder), r.now, nullable(r.Calendar)); err != nil {
			return err
		}
	}
	return nil
}

// paced counts the time of the tasks anew that go on waiting: for an answer, or no longer for
// one, or on a road that has more or fewer steps to share what is left with.
func (r *recorder) paced(ctx context.Context) error {
	if r.Act.Inquiry == nil && r.Act.Type != disclosure.Reroute {
		return nil
	}
	open, err := countedOf(ctx, r.tx, r.After.ID)
	if err != nil {
		return err
	}
	for _, t := range open {
		due, counted, err := t.due(r.After, r.Due)
		if err != nil {
			return err
		}
		if !counted || due.Equal(t.DueAt) {
			continue
		}
		why := Audit{Actor: "system:clock", Action: "recount", Detail: map[string]string{"act": r.Act.ID}}
		if err := move(ctx, r.tx, t, due, why, "act/"+r.Act.ID); err != nil {
			return err
		}
	}
	return nil
}

var incidentLimit = time.Duration(disclosure.IncidentLimit.N) * time.Hour

func (r *recorder) incident(ctx context.Context) error {
	switch {
	case r.Act.Type == disclosure.Recall:
		return r.exec(ctx, "incident", `INSERT INTO incidents (id, disclosure_id, type, due_at) VALUES ($1, $2, 'recall', clock_timestamp() + $3 * interval '1 second')`,
			uuid.NewString(), r.After.ID, incidentLimit.Seconds())
	case r.Before.State == disclosure.InQuarantine && r.After.State == disclosure.Returned:
		return r.exec(ctx, "close incident", closeIncident, r.After.ID, incidentFalseAlarm, r.Act.By.ID, r.Act.Opinion)
	case r.Act.Type == disclosure.Uphold:
		return r.exec(ctx, "close incident", closeIncident, r.After.ID, incidentUpheld, r.Act.By.ID, r.Act.Opinion)
	}
	return nil
}

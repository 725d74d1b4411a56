// Package api is the HTTP door of the desk: it authenticates, checks permission,
// reads requests strictly and writes every answer and refusal in one form, as
// openapi.yaml says. It decides nothing itself.
package api

import (
	"context"
	"io"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Desk is what the API asks of the desk. Refusals are *disclosure.Refusal; any
// other error is internal and never shown.
type Desk interface {
	notices
	questions
	comments
	previews
	announcements

	Login(ctx context.Context, in desk.Credentials) (desk.Session, error)
	Authenticate(ctx context.Context, secret, remote string) (desk.Actor, error)
	Logout(ctx context.Context, secret string) error
	Prove(ctx context.Context, who desk.Actor, typed string) (desk.ProofToken, error)
	OfferCodeApp(ctx context.Context, who desk.Actor) (desk.CodeApp, error)
	BindCodeApp(ctx context.Context, who desk.Actor, code string) error
	UnbindCodeApp(ctx context.Context, who desk.Actor) error
	ResetCodeApp(ctx context.Context, who desk.Actor, id, reason string) (desk.Account, error)
	Me(ctx context.Context, who desk.Actor) (desk.Me, error)

	Accounts(ctx context.Context, who desk.Actor) ([]desk.Account, error)
	Account(ctx context.Context, who desk.Actor, id string) (desk.Account, error)
	AddAccount(ctx context.Context, who desk.Actor, key string, in desk.AccountInput) (desk.NewAccount, error)
	ChangeAccount(ctx context.Context, who desk.Actor, id string, in desk.AccountInput) (desk.Account, error)
	GrantRoles(ctx context.Context, who desk.Actor, id string, roles []disclosure.Role, reason string) (desk.Account, error)
	DisableAccount(ctx context.Context, who desk.Actor, id, reason string) (desk.Account, error)
	EnableAccount(ctx context.Context, who desk.Actor, id, reason string) (desk.Account, error)
	ResetPassword(ctx context.Context, who desk.Actor, id, reason string) (desk.NewAccount, error)
	Sections(ctx context.Context, who desk.Actor) ([]desk.Ref, error)
	AddSection(ctx context.Context, who desk.Actor, id, name, reason string) (desk.Ref, error)
	AccountChanges(ctx context.Context, who desk.Actor, person, cursor string) (desk.Page[desk.AccountChange], error)
	Tokens(ctx context.Context, who desk.Actor) ([]desk.Token, error)
	AddToken(ctx context.Context, who desk.Actor, key string, in desk.TokenInput) (desk.Token, error)
	RevokeToken(ctx context.Context, who desk.Actor, id, reason string) error

	Create(ctx context.Context, who desk.Actor, key string, p desk.Patch) (desk.Disclosure, error)
	List(ctx context.Context, who desk.Actor, q desk.ListQuery) (desk.Page[desk.Summary], error)
	Get(ctx context.Context, who desk.Actor, id string) (desk.Disclosure, error)
	Edit(ctx context.Context, who desk.Actor, id string, revision int64, p desk.Patch) (desk.Disclosure, error)
	PutBody(ctx context.Context, who desk.Actor, id string, revision int64, u desk.Upload) (desk.Disclosure, error)
	AddAttachment(ctx context.Context, who desk.Actor, id, key string, revision int64, u desk.Upload) (desk.Disclosure, error)
	RemoveAttachment(ctx context.Context, who desk.Actor, id string, revision int64, name string) (desk.Disclosure, error)
	File(ctx context.Context, who desk.Actor, id string, version int, name string) (desk.FileData, error)
	Versions(ctx context.Context, who desk.Actor, id string) ([]desk.Version, error)
	Compare(ctx context.Context, who desk.Actor, id string, q desk.CompareQuery) (desk.Comparison, error)
	Timeline(ctx context.Context, who desk.Actor, id string) ([]desk.Event, error)
	ReviewForm(ctx context.Context, who desk.Actor, id, as string) (desk.FileData, error)
	Checklist(ctx context.Context, who desk.Actor, id string) ([]disclosure.Point, error)
	RollBack(ctx context.Context, who desk.Actor, id string, revision int64, version int) (desk.Disclosure, error)
	Trail(ctx context.Context, who desk.Actor, id string, q desk.TrailQuery) (desk.Trail, error)

	Correct(ctx context.Context, who desk.Actor, id, key string) (desk.Disclosure, error)
	Submit(ctx context.Context, who desk.Actor, id, key string, revision int64) (desk.Disclosure, error)
	Findings(ctx context.Context, who desk.Actor, id string) ([]desk.Finding, error)
	Dispose(ctx context.Context, who desk.Actor, id, finding, key string, disposition disclosure.Disposition, reason string) (desk.Disclosure, error)
	Treat(ctx context.Context, who desk.Actor, id string, revision int64, findings []string) (desk.Disclosure, error)
	Decide(ctx context.Context, who desk.Actor, id, key string, in desk.DecisionInput) (desk.Disclosure, error)
	Assign(ctx context.Context, who desk.Actor, id, key string, act disclosure.ActType, in desk.AssignInput) (desk.Disclosure, error)
	Follow(ctx context.Context, who desk.Actor, id string, follow bool) (desk.Disclosure, error)
	Colleagues(ctx context.Context, who desk.Actor) ([]desk.Colleague, error)
	Delegations(ctx context.Context, who desk.Actor) ([]desk.Delegation, error)
	AddDelegation(ctx context.Context, who desk.Actor, key string, in desk.DelegationInput) (desk.Delegation, error)
	RevokeDelegation(ctx context.Context, who desk.Actor, id string) error
	Withdraw(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)
	Reschedule(ctx context.Context, who desk.Actor, id, key string, at time.Time, reason string) (desk.Disclosure, error)
	Rehearse(ctx context.Context, who desk.Actor, id string) (desk.Disclosure, error)
	Repair(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)
	ChannelHealth(ctx context.Context, who desk.Actor) ([]desk.ChannelHealth, error)
	OpinionRecord(ctx context.Context, who desk.Actor, q desk.RecordQuery) (desk.FileData, error)
	ReviewRecord(ctx context.Context, who desk.Actor, q desk.RecordQuery) (desk.FileData, error)
	RuleSets(ctx context.Context, who desk.Actor) ([]desk.RuleSet, error)
	Drift(ctx context.Context, who desk.Actor) ([]desk.Sighting, error)
	Batches(ctx context.Context, who desk.Actor) ([]desk.Batch, error)
	Batch(ctx context.Context, who desk.Actor, id string) (desk.Batch, error)
	AddBatch(ctx context.Context, who desk.Actor, key string, in desk.BatchInput) (desk.Batch, error)
	RescheduleBatch(ctx context.Context, who desk.Actor, id, key string, at time.Time, reason string) (desk.Batch, error)
	RecallBatch(ctx context.Context, who desk.Actor, id, key, reason string) ([]desk.BatchOutcome, error)
	LeaveBatch(ctx context.Context, who desk.Actor, id, key, item, reason string) (desk.Batch, error)
	TakeDown(ctx context.Context, who desk.Actor, id, key string, in desk.WithdrawalInput) (desk.Disclosure, error)
	SettleCompanion(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)
	Restore(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)
	Recall(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)
	ClearQuarantine(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)
	CloseIncident(ctx context.Context, who desk.Actor, id, key, done string) (desk.Disclosure, error)
	Reroutes(ctx context.Context, who desk.Actor, id string) ([]desk.RerouteOption, error)
	Reroute(ctx context.Context, who desk.Actor, id, key string, to disclosure.RouteRef, reason string) (desk.Disclosure, error)
	Extend(ctx context.Context, who desk.Actor, id, key string, in desk.ExtendInput) (desk.Disclosure, error)
	Reevaluate(ctx context.Context, who desk.Actor, id, key string, in desk.ReevaluateInput) (desk.Disclosure, error)
	Ratify(ctx context.Context, who desk.Actor, id, key string, in desk.RatifyInput) (desk.Disclosure, error)
	Bypass(ctx context.Context, who desk.Actor, id, key string, seen disclosure.Hash, reason string) (desk.Disclosure, error)
	Inbox(ctx context.Context, who desk.Actor, cursor string, limit int) (desk.Page[desk.TaskView], error)

	Releases(ctx context.Context, who desk.Actor, from, to time.Time) ([]desk.ReleaseView, error)
	Plan(ctx context.Context, who desk.Actor, id string) (desk.Plan, error)
	CalendarYears(ctx context.Context, who desk.Actor) ([]desk.CalendarYear, error)
	CalendarYear(ctx context.Context, who desk.Actor, year, version int) (desk.CalendarYear, error)
	ProposeCalendarYear(ctx context.Context, who desk.Actor, in desk.CalendarInput) (desk.CalendarYear, error)
	SettleCalendarYear(ctx context.Context, who desk.Actor, year, version int, confirm bool) (desk.CalendarYear, error)
	Routes(ctx context.Context, who desk.Actor) ([]desk.RouteVersion, error)
	Route(ctx context.Context, who desk.Actor, ref disclosure.RouteRef) (desk.RouteVersion, error)
	ProposeRoute(ctx context.Context, who desk.Actor, in desk.RouteInput) (desk.RouteVersion, error)
	SettleRoute(ctx context.Context, who desk.Actor, ref disclosure.RouteRef, confirm bool) (desk.RouteVersion, error)
	Simulate(ctx context.Context, who desk.Actor, in desk.SimulationInput) (desk.Simulation, error)
	Blackouts(ctx context.Context, who desk.Actor) ([]desk.Blackout, error)
	AddBlackout(ctx context.Context, who desk.Actor, key string, in desk.BlackoutInput) (desk.Blackout, error)
	LiftBlackout(ctx context.Context, who desk.Actor, id string) error
	Freezes(ctx context.Context, who desk.Actor) ([]desk.Freeze, error)
	Freeze(ctx context.Context, who desk.Actor, key string, in desk.FreezeInput) (desk.Freeze, error)
	Unfreeze(ctx context.Context, who desk.Actor, id string) error
	Channels() []string

	Lexicons(ctx context.Context, who desk.Actor) ([]desk.LexiconVersion, error)
	Lexicon(ctx context.Context, who desk.Actor, version int) (desk.FileData, error)
	ImportLexicon(ctx context.Context, who desk.Actor, u desk.Upload, try bool) (desk.LexiconImport, error)
	RulesAt(ctx context.Context, who desk.Actor, at time.Time) (desk.Change, error)
	TryCampaign(ctx context.Context, who desk.Actor, q desk.CampaignQuery, cursor string) (desk.CampaignTrial, error)
	OpenCampaign(ctx context.Context, who desk.Actor, key string, in desk.CampaignInput) (desk.Campaign, error)
	LookOn(ctx context.Context, who desk.Actor, id string) (desk.Campaign, error)
	Campaigns(ctx context.Context, who desk.Actor) ([]desk.Campaign, error)
	Campaign(ctx context.Context, who desk.Actor, id string) (desk.Campaign, error)
	Review(ctx context.Context, who desk.Actor, campaign, id, key string, in desk.ReviewInput) (desk.Campaign, error)
	CloseCampaign(ctx context.Context, who desk.Actor, id, report string) (desk.Campaign, error)
	Evidence(ctx context.Context, who desk.Actor, id string) (desk.Evidence, error)
	Scan(ctx context.Context, who desk.Actor, in desk.ScanInput) (desk.ScanReport, error)

	Checkpoint(ctx context.Context, who desk.Actor) ([]byte, error)
	ExportLog(ctx context.Context, who desk.Actor, w io.Writer) error
	Health(ctx context.Context) map[string]error
	Metrics(ctx context.Context, who desk.Actor) (desk.Metrics, error)

	// Denied enters in the ledger a refusal that never reached the methods above.
	Denied(ctx context.Context, who desk.Actor, action, object string, code disclosure.Code)
	// Begin claims an idempotency key. It returns the answer saved under it, or nil
	// to go on; the same key with another fingerprint is refused.
	Begin(ctx context.Context, who desk.Actor, key string, fingerprint []byte) (*desk.Saved, error)
	// Finish saves the answer. Status 0 gives the key up instead, for another try.
	Finish(ctx context.Context, who desk.Actor, key string, s desk.Saved) error
}

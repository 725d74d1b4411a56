package disclosure

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// Code names a refusal for machines. Codes are part of the API and never change.
type Code string

// Codes of refusals. The sentence for each, in Chinese and English, is in
// data/refusals.json.
const (
	BadRequest     Code = "bad_request"
	UnknownField   Code = "unknown_field"
	WrongType      Code = "wrong_type"
	Required       Code = "required"
	TooLong        Code = "too_long"
	TooLarge       Code = "too_large"
	EmptyBody      Code = "empty_body"
	BodyPictured   Code = "body_pictured"
	BadValue       Code = "bad_value"
	BadFile        Code = "bad_file"
	DuplicateName  Code = "duplicate_name"
	UnknownChannel Code = "unknown_channel"

	ReleaseInPast      Code = "release_in_past"
	ReleaseBadWindow   Code = "release_bad_window"
	ReleasePastLimit   Code = "release_past_statutory_limit"
	ReleaseOutOfWindow Code = "release_outside_window"
	ReleaseTooLate     Code = "release_already_due"
	ReleaseBlackout    Code = "release_in_blackout"
	ReleaseTooSoon     Code = "release_too_soon"
	ReleaseNoWindow    Code = "release_no_window"
	ApprovalExpires    Code = "approval_expires"
	BatchUnknown       Code = "batch_unknown"
	BatchClosed        Code = "batch_closed"
	BatchInstant       Code = "batch_instant"
	BatchTogether      Code = "batch_moves_together"
	NotOfThisKind      Code = "not_of_this_kind"
	TieUnknown         Code = "tie_unknown"
	CompanionBatch     Code = "companion_batch"
	CompanionEarly     Code = "companion_early"
	CompanionLate      Code = "companion_late"
	CompanionMissing   Code = "companion_missing"
	CompanionWaiver    Code = "companion_not_waived"
	ChainTaken         Code = "chain_taken"
	ChainEnded         Code = "chain_ended"
	ChainCycle         Code = "chain_cycle"
	ReleaseBadPeriod   Code = "release_bad_period"
	ApprovalRequired   Code = "approval_required"
	NotProactive       Code = "attribute_not_proactive"
	NoRoute            Code = "no_route"
	RouteBad           Code = "route_bad"
	RouteOpen          Code = "route_open"
	RouteSettled       Code = "route_settled"
	RouteSecondPerson  Code = "route_second_person"
	RouteSame          Code = "route_same"

	CalendarBad          Code = "calendar_bad"
	CalendarOpen         Code = "calendar_open"
	CalendarSettled      Code = "calendar_settled"
	CalendarSecondPerson Code = "calendar_second_person"
	CalendarSame         Code = "calendar_same"

	ReasonRequired      Code = "reason_required"
	BasisRequired       Code = "basis_required"
	UnknownOutcome      Code = "unknown_outcome"
	ReturnTarget        Code = "bad_return_target"
	WrongStep           Code = "wrong_step"
	WrongState          Code = "wrong_state"
	ManifestChanged     Code = "manifest_changed"
	ContributorDecides  Code = "contributor_may_not_decide"
	AlreadyDecided      Code = "already_decided"
	CorrectionOpen      Code = "correction_open"
	Superseded          Code = "superseded"
	NothingToBypass     Code = "nothing_to_bypass"
	RatifyByParty       Code = "ratify_by_party"
	RerouteSame         Code = "reroute_same"
	RerouteShorter      Code = "reroute_shorter"
	RerouteNothingLeft  Code = "reroute_nothing_left"
	NothingToExtend     Code = "nothing_to_extend"
	ExtensionByHolder   Code = "extension_by_holder"
	ExtendedAlready     Code = "extended_already"
	ExtensionTooLong    Code = "extension_too_long"
	ExtensionExpired    Code = "extension_expired"
	ExtensionPastLimit  Code = "extension_past_limit"
	NothingToRatify     Code = "nothing_to_ratify"
	ReevaluateOwn       Code = "reevaluate_own"
	NotReevaluated      Code = "not_reevaluated"
	NotYourTask         Code = "not_your_task"
	NotYours            Code = "not_yours"
	FindingsOpen        Code = "findings_open"
	FindingUnknown      Code = "finding_not_found"
	FindingBlocks       Code = "finding_must_be_removed"
	NotTreatable        Code = "not_treatable"
	Quarantined         Code = "quarantined"
	QuarantineBySame    Code = "quarantine_needs_two_people"
	IncidentClosed      Code = "incident_closed"
	CampaignClosed      Code = "campaign_closed"
	CampaignUnfinished  Code = "campaign_unfinished"
	CampaignItemDone    Code = "campaign_item_done"
	CampaignByDecider   Code = "campaign_not_by_decider"
	TaskHeld            Code = "task_held"
	NotEligible         Code = "person_not_eligible"
	UrgedAlready        Code = "urged_already"
	NotRetractable      Code = "not_retractable"
	SignerFixed         Code = "signer_fixed"
	NoMandate           Code = "no_mandate"
	DelegationSelf      Code = "delegation_to_oneself"
	DelegationPast      Code = "delegation_in_past"
	DelegationPeriod    Code = "delegation_bad_period"
	DelegationOverlaps  Code = "delegation_overlaps"
	DelegationChain     Code = "delegation_chain"
	QuestionOpen        Code = "question_open"
	QuestionMoved       Code = "question_state"
	QuestionDay         Code = "question_bad_day"
	QuestionUntold      Code = "question_notice_first"
	QuestionFinal       Code = "question_not_overridable"
	PassageUnclear      Code = "passage_unclear"
	PreviewClosed       Code = "preview_closed"
	AnnouncedPast       Code = "announcement_past"
	AnnouncedOpen       Code = "announcement_open"
	AnnouncedSettled    Code = "announcement_settled"
	AnnouncedSecond     Code = "announcement_second_person"
	AnnouncedSame       Code = "announcement_same"
	AnnouncedOver       Code = "announcement_over"
	AnnouncedUntold     Code = "announcement_untold"
	AnnouncedFound      Code = "announcement_findings"
	QueryEmpty          Code = "query_empty"
	NotMinor            Code = "correction_substantive"
	NoCorrection        Code = "not_a_correction"
	RolesMixed          Code = "roles_mixed"
	OwnAccount          Code = "own_account"
	LastAdministrator   Code = "last_administrator"
	LoginTaken          Code = "login_taken"
	SectionTaken        Code = "section_taken"
	HouseFounded        Code = "house_founded"
	PasswordWeak        Code = "password_weak"
	PasswordMustChange  Code = "password_must_change"
	Unauthenticated     Code = "unauthenticated"
	ProofRequired       Code = "proof_required"
	ProofWrong          Code = "proof_wrong"
	CodeAppBound        Code = "code_app_bound"
	CodeAppMissing      Code = "code_app_missing"
	BadLogin            Code = "bad_login"
	Forbidden           Code = "forbidden"
	NotFound            Code = "not_found"
	PreconditionMissing Code = "precondition_required"
	PreconditionFailed  Code = "precondition_failed"
	IdempotencyMissing  Code = "idempotency_key_required"
	IdempotencyReused   Code = "idempotency_key_reused"
	Busy                Code = "busy"
	Unavailable         Code = "unavailable"
	TooManyRequests     Code = "too_many_requests"
	NoFont              Code = "no_font"
	Internal            Code = "internal"
)

// Refusal says no, for a reason the person may know. Every other error is ours
// to hide. Field is the JSON path of the input at fault, if one is. Params fill
// the sentence.
type Refusal struct {
	Code   Code              `json:"code"`
	Field  string            `json:"field,omitempty"`
	Params map[string]string `json:"params,omitempty"`
}

// Refuse makes a refusal; params are pairs of name and value.
func Refuse(code Code, field string, params ...string) *Refusal {
	r := &Refusal{Code: code, Field: field}
	if len(params) > 0 {
		r.Params = make(map[string]string, len(params)/2)
	}
	for i := 0; i+1 < len(params); i += 2 {
		r.Params[params[i]] = params[i+1]
	}
	return r
}

func (r *Refusal) Error() string {
	if r.Field == "" {
		return string(r.Code)
	}
	return fmt.Sprintf("%s: %s", r.Code, r.Field)
}

// Is makes errors.Is(err, &Refusal{Code: c}) compare by code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// CodeOf returns the code of the refusal in err's chain, or "" if there is none.
func CodeOf(err error) Code {
	if r := (*Refusal)(nil); errors.As(err, &r) {
		return r.Code
	}
	return ""
}

//go:embed data
var data embed.FS

type sentence struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// sentences is read-only once the program runs.
var sentences = mustLoad[map[Code]sentence]("data/refusals.json")

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Sentence says r in lang, "en" or anything else for Chinese. What r does not say,
// as when it comes from a constraint of the database, is an ellipsis.
func (r *Refusal) Sentence(lang string) string {
	s, ok := sentences[r.Code]
	if !ok {
		return string(r.Code)
	}
	text := s.Zh
	if lang == "en" {
		text = s.En
	}
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		name := p[1 : len(p)-1]
		if v, ok := r.Params[name]; ok {
			return v
		}
		if name == "field" && r.Field != "" {
			return r.Field
		}
		return "…"
	})
}

// mustLoad reads data that is part of the program: a fault in it is a fault in
// the build, found by the first test that runs.
func mustLoad[T any](name string) T {
	raw, err := data.ReadFile(name)
	if err == nil {
		var v T
		if err = json.Unmarshal(raw, &v); err == nil {
			return v
		}
	}
	panic(fmt.Sprintf("embedded %s: %v", name, err))
}

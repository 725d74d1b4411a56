package disclosure

import "slices"

// State is where a disclosure stands on its road.
type State string

const (
	Drafting     State = "draft"
	Checking     State = "checking"
	SelfReview   State = "self_review"
	InQuarantine State = "quarantined"
	InReview     State = "in_review"
	Reported     State = "reported"
	Returned     State = "returned"
	Approved     State = "approved"
	Armed        State = "armed"
	Releasing    State = "releasing"
	Released     State = "released"
	Held         State = "held"
	Failed       State = "failed"
	Withdrawn    State = "withdrawn"
	NotReleased  State = "withheld"
	OnAsk        State = "on_request"
	Recalled     State = "recalled"
	TakenDown    State = "taken_down"
	OutOfForce   State = "out_of_force" // public still, under a notice
)

// Steps that are not on any route.
const (
	DrafterStep = "drafter"   // where a return may lead
	ReportStep  = "report_up" // where the ruling of the competent department is entered
	BypassStep  = "bypass"    // where a leader shortened the sign-off
	// IncidentStep is where what was quarantined or recalled waits to be dealt with.
	IncidentStep = "incident"
	// RehearsalStep is where a release that is not ready waits to be looked after.
	RehearsalStep = "rehearsal"
	// ReReviewStep is where something public waits to be reviewed once more.
	ReReviewStep = "re_review"
)

// ActType names what is done to a disclosure.
type ActType string

const (
	// By people.
	Submit     ActType = "submit"
	Dispose    ActType = "dispose"
	Decide     ActType = "decide"
	Withdraw   ActType = "withdraw"
	Reschedule ActType = "reschedule"
	Recall     ActType = "recall"
	Clear      ActType = "clear"
	Bypass     ActType = "bypass"
	Uphold     ActType = "uphold"
	TakeDown   ActType = "take_down"
	Restore    ActType = "restore"
	Repair     ActType = "repair"
	// By the system.
	Checked  ActType = "checked"
	Arm      ActType = "arm"
	NotReady ActType = "not_ready"
	Due      ActType = "due"
	Missed   ActType = "missed"
	Confirm  ActType = "confirm"
	Fail     ActType = "fail"
	Expire   ActType = "expire"
)

// moves draws the state machine: which act may be taken in which state, and where
// it can lead. Check refuses everything else; docs/state_machine.md is checked
// against it.
var moves = withQuestions(map[State]map[ActType][]State{
	Drafting: {Submit: {Checking}},
	Checking: {Checked: {SelfReview, InReview, InQuarantine}, Withdraw: {Withdrawn}},
	SelfReview: {
		Dispose: {SelfReview, InReview}, Submit: {Checking}, Withdraw: {Withdrawn},
	},
	InQuarantine: {Clear: {InQuarantine, Returned}, Uphold: {NotReleased}},
	InReview: {
		Decide:   {InReview, Approved, Returned, Reported, NotReleased, OnAsk},
		Bypass:   {InReview, Approved},
		Withdraw: {Withdrawn},
		Claim:    {InReview}, Unclaim: {InReview}, Vacate: {InReview}, Transfer: {InReview}, Urge: {InReview},
		Retract: {InReview}, AddSigner: {InReview}, DropSigner: {InReview}, Reroute: {InReview},
	},
	Reported: {
		Decide: {InReview, NotReleased, OnAsk}, Withdraw: {Withdrawn},
		Claim: {Reported}, Unclaim: {Reported}, Vacate: {Reported}, Transfer: {Reported}, Urge: {Reported},
	},
	Returned:  {Submit: {Checking}, Withdraw: {Withdrawn}},
	Approved:  {Arm: {Armed}, Checked: {InQuarantine}, NotReady: {Held}, Missed: {Approved, Held}, Reschedule: {Approved}, Withdraw: {Withdrawn}},
	Armed:     {Due: {Releasing}, NotReady: {Held}, Missed: {Approved, Held}, Reschedule: {Approved}, Withdraw: {Withdrawn}, Recall: {Recalled}},
	Held:      {Missed: {Approved, Held}, Reschedule: {Approved}, Withdraw: {Withdrawn}},
	Releasing: {Confirm: {Released}, Fail: {Failed}, Recall: {Recalled}, TakeDown: {TakenDown, OutOfForce}, Expire: {TakenDown}},
	Failed:    {Confirm: {Released}, Repair: {Releasing}, Recall: {Recalled}, TakeDown: {TakenDown, OutOfForce}, Expire: {TakenDown}},
	Released:  {Recall: {Recalled}, TakeDown: {TakenDown, OutOfForce}, Expire: {TakenDown}},
	OutOfForce: {
		Restore: {Released}, Recall: {Recalled}, TakeDown: {TakenDown}, Expire: {TakenDown},
	},
	Withdrawn: {Submit: {Checking}},
})

// States returns every state in the order of the road, with what the page calls it.
func States() []StateInfo { return slices.Clone(states) }

// StateInfo names a state.
type StateInfo struct {
	ID State  `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

var states = mustLoad[[]StateInfo]("data/states.json")

// StateByID finds a state.
func StateByID(id State) (StateInfo, bool) {
	i := slices.IndexFunc(states, func(s StateInfo) bool { return s.ID == id })
	if i < 0 {
		return StateInfo{}, false
	}
	return states[i], true
}

// Leads returns the states that act may lead to from s, or nil.
func (s State) Leads(act ActType) []State { return moves[s][act] }

// Editable says whether the drafter may still change the draft.
func (s State) Editable() bool { return len(moves[s][Submit]) > 0 }

// Final says whether nothing can happen any more.
func (s State) Final() bool { return len(moves[s]) == 0 }

type actName struct{ Zh, En string }

var actNames = map[ActType]actName{
	Submit: {"提交", "submit"}, Dispose: {"处置疑点", "dispose of a finding"}, Decide: {"审签", "decide"},
	Withdraw: {"撤回", "withdraw"}, Reschedule: {"改期", "reschedule"}, Recall: {"召回", "recall"}, Clear: {"解除隔离", "clear the quarantine"},
	Bypass: {"应急放行", "bypass the rest of the sign-off"}, Uphold: {"确认标志属实", "uphold the mark"},
	Checked: {"检查", "check"}, Arm: {"备妥", "arm"}, NotReady: {"备妥", "arm"}, Due: {"发布", "release"},
	Missed: {"发布", "release"}, Confirm: {"核验", "confirm"}, Fail: {"发布", "release"},
	TakeDown: {"下线", "take down"}, Restore: {"恢复", "restore"}, Repair: {"重新发送", "send again"}, Expire: {"公示期满下线", "end the publicity period"},
	Claim: {"认领", "claim"}, Unclaim: {"放回", "put back"}, Vacate: {"退回待办", "free the task"}, Transfer: {"转办", "transfer"}, Urge: {"催办", "urge"},
	AskQuestion: {"征询", "ask a question"}, SendQuestion: {"发函", "send the letter"}, ReceiveQuestion: {"登记送达", "record the receipt"}, AnswerQuestion: {"登记答复", "answer the question"},
	NotifyQuestion: {"书面告知", "give notice"}, OverrideQuestion: {"未获同意决定公开", "disclose without consent"}, CloseQuestion: {"结束征询", "close the question"}, QuestionSilent: {"逾期未答复", "end without an answer"},
	Reroute: {"改线", "put on another route"},
	Retract: {"撤回签批", "take back one's decision"}, AddSigner: {"加签", "add a signer"}, DropSigner: {"撤销加签", "take back an added signer"},
}

// NeedsProof says whether a person who takes the act shows anew who they are: it releases,
// takes back or unlocks something in their name.
func (a ActType) NeedsProof() bool {
	switch a {
	case Decide, Bypass, Recall, TakeDown, Restore, Clear, Reroute:
		return true
	}
	return false
}

// Name says what act is called in lang.
func (a ActType) Name(lang string) string {
	if lang == "en" {
		return actNames[a].En
	}
	return actNames[a].Zh
}

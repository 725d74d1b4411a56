// Package workflows says when things happen and how long they may take. The
// disclosure's workflow owns its state: no other code moves it.
package workflows

import (
	"strconv"
	"time"

	"shenfa/internal/disclosure"
)

// Task queues. Releases have their own, so that nothing else can be before them.
const (
	Queue        = "disclosures"
	ReleaseQueue = "releases"
)

// Wake is the signal that asks a disclosure to look again whether something is due.
const Wake = "wake"

// Acts are the names of the Updates by which people act, each an act of the domain.
var Acts = []disclosure.ActType{
	disclosure.Submit, disclosure.Dispose, disclosure.Decide, disclosure.Withdraw,
	disclosure.Reschedule, disclosure.Recall, disclosure.Clear, disclosure.Bypass, disclosure.Uphold,
	disclosure.TakeDown, disclosure.Restore, disclosure.Repair,
	disclosure.Claim, disclosure.Unclaim, disclosure.Vacate, disclosure.Transfer, disclosure.Urge,
	disclosure.Retract, disclosure.AddSigner, disclosure.DropSigner, disclosure.Reroute,
	disclosure.AskQuestion, disclosure.SendQuestion, disclosure.ReceiveQuestion, disclosure.AnswerQuestion,
	disclosure.NotifyQuestion, disclosure.OverrideQuestion, disclosure.CloseQuestion,
}

// Signals between a disclosure and its questions: what became of one, and that one was not
// answered in time.
const (
	QuestionNews    = "question"
	QuestionExpired = "expired"
)

// QuestionID is the id of the workflow that waits for an answer.
func QuestionID(id string) string { return "question/" + id }

// DisclosureID is the id of the workflow that owns a disclosure: it is the lock.
func DisclosureID(id string) string { return "disclosure/" + id }

// ReleaseID is the id of the workflow that sends what is due at an instant.
func ReleaseID(instant time.Time) string {
	return "release/" + strconv.FormatInt(instant.UnixMilli(), 10)
}

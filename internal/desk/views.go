package desk

import (
	"time"

	"shenfa/internal/disclosure"
)

// Actor is who stands at the desk: a person as the session or token found them.
type Actor struct {
	disclosure.Person
	Login  string
	Name   string
	Remote string                  // network address, for the ledger
	Scope  []disclosure.Permission // of the token they came with; nil: all that their roles grant
	Proof  Proof                   // what came with this request to show who they are

	proved   bool                 // they have shown it
	mandates []disclosure.Mandate // in whose place they may decide now, where that was looked up
}

// Credentials are what somebody signs in with. Code is of the bound app; NewPassword
// replaces the password.
type Credentials struct {
	Login       string `json:"login"`
	Password    string `json:"password"`
	Code        string `json:"code,omitempty"`
	NewPassword string `json:"new_password,omitempty"`
	Remote      string `json:"-"` // network address, for the ledger
}

// Session is what a login gives. Secret is shown once and never stored in clear.
type Session struct {
	Secret  string
	Actor   Actor
	Expires time.Time
}

// Ref names a person or a section on a page.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Summary is a disclosure in a list.
type Summary struct {
	ID           string           `json:"id"`
	Number       string           `json:"number"`
	Edition      int              `json:"edition"` // of what stands under the number; a correction is 2 and more
	Title        string           `json:"title"`
	Kind         string           `json:"kind"`
	State        disclosure.State `json:"state"`
	Step         string           `json:"step"`
	Version      int              `json:"version"`
	Drafter      Ref              `json:"drafter"`
	Section      Ref              `json:"section"`
	ReleaseAt    *time.Time       `json:"release_at"`
	OpenFindings int              `json:"open_findings"`
	Bypassed     bool             `json:"bypassed"` // its sign-off was shortened in an emergency
	UpdatedAt    time.Time        `json:"updated_at"`
}

// Page is one page of a list. Next is empty on the last one.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Disclosure is one disclosure with all that its page shows.
type Disclosure struct {
	Summary
	Draft         disclosure.Draft     `json:"draft"`
	DraftRevision int64                `json:"draft_revision"` // the ETag
	ManifestHash  disclosure.Hash      `json:"manifest_hash"`
	ShortCode     string               `json:"short_code"`
	Manifest      *disclosure.Manifest `json:"manifest"` // of the current version; null before the first
	Route         *disclosure.Route    `json:"route"`
	RuleSet       string               `json:"rule_set"`
	Contributors  []Ref                `json:"contributors"`
	Decisions     []Decision           `json:"decisions"`
	Tasks         []TaskView           `json:"tasks"`
	Followers     []Ref                `json:"followers"`
	ReturnTargets []string             `json:"return_targets"`
	Lawful        *Lawful              `json:"lawful"`
	Effects       []Effect             `json:"effects"`
	Progress      *Progress            `json:"progress"` // of a check that takes long
	Incident      *Incident            `json:"incident"`
	Rehearsal     *Rehearsal           `json:"rehearsal"`     // the newest, while it waits for its instant
	Ratification  *Ratification        `json:"ratification"`  // of the bypass it was approved after
	Reevaluations []Reevaluation       `json:"reevaluations"` // of what was not made public, the latest first
	Withdrawal    *Withdrawal          `json:"withdrawal"`    // how it was taken down
	Until         *time.Time           `json:"public_until"`  // end of its publicity period
	Batch         *Batch               `json:"batch"`         // with which it is released, or not at all
	Ties          []Tied               `json:"ties"`          // what it explains or continues, and what does so with it
	Trouble       string               `json:"trouble"`       // what would keep its release back: unarmed, unrehearsed, stuck_effect, stuck_check, told_otherwise; empty: nothing
	Stranded      string               `json:"stranded"`      // the step for which nobody is left; empty: none
	Companion     *Companion           `json:"companion"`     // what has to go with it; null if nothing has
	Corrects      string               `json:"corrects"`      // id of the disclosure whose place it is to take
	CorrectedBy   string               `json:"corrected_by"`  // id of its correction, begun or released
	Superseded    bool                 `json:"superseded"`    // by that one
	Cause         string               `json:"cause"`         // why it is held or failed: a code
	PublicURL     string               `json:"public_url"`    // path on the portal, once public
	Can           []string             `json:"can"`           // of: edit submit dispose decide withdraw reschedule recall clear bypass ratify reevaluate correct take_down restore repair
	CreatedAt     time.Time            `json:"created_at"`
}

// Lawful is the statutory limit for the release, with its reason.
type Lawful struct {
	Latest      time.Time `json:"latest"`
	Law         string    `json:"law"`
	Calendar    string    `json:"calendar"`
	Provisional bool      `json:"provisional"`
}

// Decision is one person's decision, with the opinion opened for the viewer.
type Decision struct {
	Act      string             `json:"act"`
	Version  int                `json:"version"`
	Step     string             `json:"step"`
	StepZh   string             `json:"step_zh"`
	StepEn   string             `json:"step_en"`
	Person   Ref                `json:"person"`
	OnBehalf *Ref               `json:"on_behalf"` // in whose place, if in another's
	Role     disclosure.Role    `json:"role"`
	Outcome  disclosure.Outcome `json:"outcome"`
	Basis    string             `json:"basis"`
	Opinion  string             `json:"opinion"`
	Manifest disclosure.Hash    `json:"manifest_hash"`
	Counts   bool               `json:"counts"` // as an approval of this version
	At       time.Time          `json:"at"`

	OpenComments int `json:"open_comments"` // threads nobody had resolved when it was decided
}

// Void says whether it has no effect any more.
func (d Decision) Void() bool { return disclosure.Void(d.Outcome, d.Counts) }

// TaskView is a seat that waits.
type TaskView struct {
	Disclosure Summary         `json:"disclosure"`
	Step       string          `json:"step"`
	StepZh     string          `json:"step_zh"`
	StepEn     string          `json:"step_en"`
	Role       disclosure.Role `json:"role"`
	OpenedAt   time.Time       `json:"opened_at"`
	DueAt      time.Time       `json:"due_at"`
	Overdue    bool            `json:"overdue"`
	Mine       bool            `json:"mine"`   // the viewer may decide it
	Named      *Ref            `json:"named"`  // only this person, whom a decider added
	Holder     *Ref            `json:"holder"` // who claimed it
	UrgedAt    *time.Time      `json:"urged_at"`
	Candidates []Ref           `json:"candidates"` // who could take it, of one item; none: it waits for nobody
}

// Effect is one channel's outcome for the current version.
type Effect struct {
	Channel string     `json:"channel"`
	State   string     `json:"state"` // pending, sending, unknown, confirmed, failed, recalled
	URL     string     `json:"url"`
	SentAt  *time.Time `json:"sent_at"`
	SeenAt  *time.Time `json:"confirmed_at"`
	Cause   string     `json:"cause"`
}

// Version is one frozen state.
type Version struct {
	N            int                  `json:"version"`
	ManifestHash disclosure.Hash      `json:"manifest_hash"`
	ShortCode    string               `json:"short_code"`
	Manifest     *disclosure.Manifest `json:"manifest"` // null if its content was destroyed
	By           Ref                  `json:"by"`
	At           time.Time            `json:"at"`
	Changed      []string             `json:"changed"` // fields that differ from the version before
}

// Finding is a place the check points at. Excerpt is as it stands in the file.
type Finding struct {
	ID          string                 `json:"id"`
	Version     int                    `json:"version"`
	File        string                 `json:"file"` // "body" or an attachment's name
	Part        string                 `json:"part"`
	Hidden      bool                   `json:"hidden"`
	Line        int                    `json:"line"`
	Start       int                    `json:"start"` // in characters, within the part
	End         int                    `json:"end"`
	Class       string                 `json:"class"` // BLOCK, HOLD, WARN, INFO
	Rule        string                 `json:"rule"`
	RuleSet     string                 `json:"rule_set"`
	Excerpt     string                 `json:"excerpt"`
	Context     string                 `json:"context"`
	Reason      string                 `json:"reason"`
	ReasonEn    string                 `json:"reason_en"`
	Basis       string                 `json:"basis"`
	Treatment   string                 `json:"treatment"`
	Mask        string                 `json:"mask"`
	Disposition disclosure.Disposition `json:"disposition"` // empty while open
	Why         string                 `json:"why"`
	By          *Ref                   `json:"by"`
	At          *time.Time             `json:"at"`
}

// Event is one line of the timeline.
type Event struct {
	At       time.Time          `json:"at"`
	Actor    Ref                `json:"actor"`     // id "system" for what the machine did
	OnBehalf *Ref               `json:"on_behalf"` // in whose place
	Target   *Ref               `json:"target"`    // whom it was about
	Act      string             `json:"act"`
	ActZh    string             `json:"act_zh"`
	ActEn    string             `json:"act_en"`
	From     disclosure.State   `json:"from"`
	To       disclosure.State   `json:"to"`
	Version  int                `json:"version"`
	Manifest disclosure.Hash    `json:"manifest_hash"`
	Step     string             `json:"step"`
	Outcome  disclosure.Outcome `json:"outcome"`
	Opinion  string             `json:"opinion"`
	Cause    string             `json:"cause"`
	Role     disclosure.Role    `json:"role"`    // in which it was decided
	Seq      *int64             `json:"log_seq"` // place in the ledger, once sequenced

	audit string // its row in the ledger
}

// ReleaseView is a planned or past release in the calendar.
type ReleaseView struct {
	Disclosure Summary    `json:"disclosure"`
	At         time.Time  `json:"at"`
	Channels   []string   `json:"channels"`
	Frozen     bool       `json:"frozen"`
	Effects    []Effect   `json:"effects"`
	Rehearsal  *Rehearsal `json:"rehearsal"`
	Expires    *time.Time `json:"approval_expires"` // the last instant at which its approval is good; null: it has no end, or is over
}

// Progress is how far a check is.
type Progress struct {
	Done  int `json:"done"` // files read
	Files int `json:"files"`
	Page  int `json:"page"` // of the file that is being read; 0 where it has none
	Pages int `json:"pages"`
}

// Incident is something that must be handled by a time.
type Incident struct {
	ID       string     `json:"id"`
	Type     string     `json:"type"` // quarantine, recall
	OpenedAt time.Time  `json:"opened_at"`
	DueAt    time.Time  `json:"due_at"` // 24 h: 《保密法实施条例》 art. 61
	ClosedAt *time.Time `json:"closed_at"`
	Line     string     `json:"line"` // the matched line, only for those who may clear it
	Cleared  []Ref      `json:"cleared_by"`
	Outcome  string     `json:"outcome"` // false_alarm, upheld, handled; empty while it is open
	By       *Ref       `json:"closed_by"`
	Done     string     `json:"done"` // what was done
}

// Freeze is a standing order that nothing in scope becomes public.
type Freeze struct {
	ID       string     `json:"id"`
	Scope    string     `json:"scope"` // all, unit, channel, kind
	Value    string     `json:"value"`
	Reason   string     `json:"reason"`
	By       Ref        `json:"by"`
	At       time.Time  `json:"at"`
	Until    *time.Time `json:"until"`     // when it ends by itself
	LiftedAt *time.Time `json:"lifted_at"` // when it was lifted, or ended
}

// Me is the viewer's own account.
type Me struct {
	ID      string                `json:"id"`
	Login   string                `json:"login"`
	Name    string                `json:"name"`
	Unit    Ref                   `json:"unit"`
	Section Ref                   `json:"section"`
	Roles   []disclosure.RoleInfo `json:"roles"`
	CodeApp bool                  `json:"code_app"` // an app for one-time codes is bound
	Notices int                   `json:"notices"`  // that I have not dismissed, 100 at most
}

// FileData is one stored file, opened.
type FileData struct {
	Name string
	disclosure.Content
	Data []byte
}

// Upload is one file as it came in.
type Upload struct {
	Name string
	Data []byte
}

// Patch changes a draft: what is nil stays. A release plan is replaced whole.
type Patch struct {
	Title          *string                    `json:"title"`
	Kind           *string                    `json:"kind"`
	DocumentNumber *string                    `json:"document_number"`
	IndexNumber    *string                    `json:"index_number"`
	FormedOn       *string                    `json:"formed_on"`
	Topic          *string                    `json:"topic"`
	Keywords       *[]string                  `json:"keywords"`
	Summary        *string                    `json:"summary"`
	Important      *bool                      `json:"important"`
	Correction     *string                    `json:"correction"` // public: what a correction corrects
	CorrectionType *disclosure.CorrectionType `json:"correction_type"`
	CloseEarlier   *bool                      `json:"close_earlier"` // the texts before it are readable no more
	Attribute      *string                    `json:"attribute"`
	Basis          *string                    `json:"basis"`
	Reason         *string                    `json:"reason"`
	Channels       *[]string                  `json:"channels"`
	Release        *disclosure.Plan           `json:"release"`
	Batch          *string                    `json:"batch"` // id, or empty for none

	Interprets       *string                  `json:"interprets"`        // number of the policy that it explains
	NoInterpretation *string                  `json:"no_interpretation"` // why a policy goes without an interpretation
	Continues        *disclosure.Continuation `json:"continues"`         // an earlier warning; empty for none
}

// DecisionInput is what a decider says.
type DecisionInput struct {
	Step         string             `json:"step"`
	Outcome      disclosure.Outcome `json:"outcome"`
	ManifestHash disclosure.Hash    `json:"manifest_hash"`
	Opinion      string             `json:"opinion"`
	Basis        string             `json:"basis"`
	ReturnTo     string             `json:"return_to"`
	OnBehalf     string             `json:"on_behalf"` // person; empty: one's own seat, or that of whom one stands in for
}

// ListQuery narrows a list. Zero values do not narrow. Limit is at most 100.
type ListQuery struct {
	State  disclosure.State
	Kind   string
	Mine   bool
	Cursor string
	Limit  int
}

// FreezeInput orders a freeze.
type FreezeInput struct {
	Scope  string `json:"scope"`
	Value  string `json:"value"`
	Reason string `json:"reason"`

	Until time.Time `json:"until"` // when it ends by itself; zero: when it is lifted
}

// PublicItem is a released disclosure as anyone may read it.
type PublicItem struct {
	Number      string
	Manifest    disclosure.Manifest
	Hash        disclosure.Hash
	Unit        string // name
	HTML        []byte // sanitised at write; the bytes that were approved
	ReleasedAt  time.Time
	FirstAt     time.Time // of the first edition that still counts
	Attachments []disclosure.Named
	Earlier     []PublicEdition // of a page: what it took the place of, newest first
	Notice      *Withdrawal     // of a page: it is out of force
	Successor   *Successor      // the later warning that took its place; nil if none did
}

// Saved is an answer kept under an idempotency key.
type Saved struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Package disclosure is the ground floor: what a disclosure is, what exactly
// would be public, who may decide about it and in which order. Everything here is
// a pure function over values; the workflow, the API and the tests all call it.
package disclosure

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Attributes 公开属性, 《政府信息公开条例》 art. 13–16.
const (
	Proactive = "proactive"  // 主动公开
	OnRequest = "on_request" // 依申请公开
	Withheld  = "withheld"   // 不予公开
)

// LatePolicy says what happens when an item could not be released at its instant.
type LatePolicy string

const (
	LateNow    LatePolicy = "now"         // as soon as it can be
	LateWindow LatePolicy = "next_window" // when the next working day opens
	LateHold   LatePolicy = "hold"        // when a person says so
)

const (
	// DefaultZone is where every bureau we serve keeps its clocks.
	DefaultZone = "Asia/Shanghai"
	// DefaultWindow is how long after its instant an item may still be released
	// without new approvals when the drafter names no latest instant.
	DefaultWindow = 7 * 24 * time.Hour
)

// Limits on what a draft may hold. Lengths in characters, sizes in bytes.
const (
	MaxTitle       = 200
	MaxShortText   = 200
	MaxReason      = 2000
	MaxKeywords    = 20
	MaxChannels    = 8
	MaxBody        = 4 << 20
	MaxAttachment  = 32 << 20
	MaxAttachments = 50
)

// Metadata is what the public page says about an item (国办公开办函〔2019〕61号).
type Metadata struct {
	Title          string   `json:"title"`
	Kind           string   `json:"kind"`
	DocumentNumber string   `json:"document_number"` // 发文字号
	IndexNumber    string   `json:"index_number"`    // 索引号
	FormedOn       string   `json:"formed_on"`       // 成文日期, YYYY-MM-DD: statutory clocks start here
	Topic          string   `json:"topic"`           // 主题分类
	Keywords       []string `json:"keywords"`
	Summary        string   `json:"summary"`
}

func (m Metadata) equal(o Metadata) bool {
	return slices.Equal(m.Keywords, o.Keywords) && m.Title == o.Title && m.Kind == o.Kind && m.DocumentNumber == o.DocumentNumber &&
		m.IndexNumber == o.IndexNumber && m.FormedOn == o.FormedOn && m.Topic == o.Topic && m.Summary == o.Summary
}

// Plan is when the drafter wants it released. At is the earliest instant and
// Latest the last one that needs no new approvals; zero means the default.
type Plan struct {
	At         time.Time  `json:"at,omitzero"`
	Latest     time.Time  `json:"latest,omitzero"`
	OnApproval bool       `json:"on_approval"`
	NextWindow bool       `json:"next_window,omitempty"` // in the next publishing window after its approval
	Zone       string     `json:"zone"`
	Late       LatePolicy `json:"late"`
	Until      time.Time  `json:"until,omitzero"`        // when it ceases to be public
	PublicDays int        `json:"public_days,omitempty"` // or for how many days it is
}

// File is a file of a draft as it would be public. Blob finds its sealed bytes in the
// store.
type File struct {
	Blob string `json:"blob"`
	Named
	Original  *Original `json:"original,omitempty"`
	Untreated string    `json:"untreated,omitempty"` // why it would be public as it was uploaded; a code
}

// Original is the file that was uploaded, if what would be public was made from it: it
// stays sealed.
type Original struct {
	Blob string `json:"blob"`
	Named
	Removed []Removed `json:"removed"`
}

// Removed is something that a file is published without.
type Removed struct {
	Part string `json:"part"`
	What string `json:"what"` // a code, such as comment or metadata
}

// Uploaded describes the file that was uploaded.
func (f File) Uploaded() Named {
	if f.Original != nil {
		return f.Original.Named
	}
	return f.Named
}

// Draft is what the drafter still works on.
type Draft struct {
	Metadata
	Important  bool   `json:"important"`            // 重大敏感: asks for the principal leader
	Correction string `json:"correction,omitempty"` // 更正说明, public: what a correction corrects
	// CorrectionType says how far a correction goes; CloseEarlier, that the texts before it
	// are not readable any more, for what stands in them does harm.
	CorrectionType CorrectionType `json:"correction_type,omitempty"`
	CloseEarlier   bool           `json:"close_earlier,omitempty"`

	Attribute string   `json:"attribute"`
	Basis     string   `json:"basis"`
	Reason    string   `json:"reason"`
	Channels  []string `json:"channels"`
	Release   Plan     `json:"release"`
	Batch     string   `json:"batch,omitempty"` // id of the batch with which it is released
	// Interprets is the number of the policy that it explains (解读); Continues, the earlier
	// warning whose place it takes. NoInterpretation is why a policy goes without one.
	Interprets       string       `json:"interprets,omitempty"`
	NoInterpretation string       `json:"no_interpretation,omitempty"`
	Continues        Continuation `json:"continues,omitzero"`

	Body        *File  `json:"body,omitempty"` // as it would be public: sanitised HTML
	Source      *File  `json:"source,omitempty"`
	Attachments []File `json:"attachments"`
}

// Field is a text typed into the form.
type Field struct {
	Name string // as in JSON
	Text string
}

// Texts are the free texts of the form, in its order: what the check looks at.
func (d Draft) Texts() []Field {
	return []Field{
		{"title", d.Title},
		{"summary", d.Summary},
		{"document_number", d.DocumentNumber},
		{"topic", d.Topic},
		{"keywords", strings.Join(d.Keywords, "\n")},
		{"reason", d.Reason},
		{"correction", d.Correction},
		{"no_interpretation", d.NoInterpretation},
	}
}

// Replace changes each of them.
func (d *Draft) Replace(change func(string) string) {
	for _, text := range []*string{&d.Title, &d.Summary, &d.DocumentNumber, &d.Topic, &d.Reason, &d.Correction, &d.NoInterpretation} {
		*text = change(*text)
	}
	d.Keywords = slices.Clone(d.Keywords)
	for i := range d.Keywords {
		d.Keywords[i] = change(d.Keywords[i])
	}
}

// Kind is a kind of disclosure (事项类别).
type Kind struct {
	ID string `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

var kinds = mustLoad[[]Kind]("data/kinds.json")

// Kinds returns all kinds in the order a form shows them.
func Kinds() []Kind { return slices.Clone(kinds) }

// KindByID finds a kind.
func KindByID(id string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.ID == id })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// Validate checks the form of what was typed, whether or not it is complete.
func (d Draft) Validate(channels []string) error {
	for _, f := range []struct {
		name, value string
		max         int
	}{
		{"title", d.Title, MaxTitle},
		{"document_number", d.DocumentNumber, MaxShortText},
		{"index_number", d.IndexNumber, MaxShortText},
		{"topic", d.Topic, MaxShortText},
		{"summary", d.Summary, MaxReason},
		{"basis", d.Basis, MaxShortText},
		{"reason", d.Reason, MaxReason},
		{"correction", d.Correction, MaxReason},
		{"keywords", strings.Join(d.Keywords, ""), MaxShortText},
	} {
		if utf8.RuneCountInString(f.value) > f.max {
			return Refuse(TooLong, f.name, "max", strconv.Itoa(f.max))
		}
		if strings.ContainsFunc(f.value, forbiddenRune) {
			return Refuse(WrongType, f.name, "why", "U+0000–U+001F")
		}
	}
	if len(d.Keywords) > MaxKeywords {
		return Refuse(TooLong, "keywords", "max", strconv.Itoa(MaxKeywords))
	}
	if _, ok := KindByID(d.Kind); d.Kind != "" && !ok {
		ids := make([]string, len(kinds))
		for i, k := range kinds {
			ids[i] = k.ID
		}
		return badValue("kind", d.Kind, ids...)
	}
	if d.FormedOn != "" {
		if _, err := time.Parse(time.DateOnly, d.FormedOn); err != nil {
			return Refuse(WrongType, "formed_on", "why", "YYYY-MM-DD")
		}
	}
	if d.Attribute != "" && !slices.Contains([]string{Proactive, OnRequest, Withheld}, d.Attribute) {
		return badValue("attribute", d.Attribute, Proactive, OnRequest, Withheld)
	}
	for i, c := range d.Channels {
		if !slices.Contains(channels, c) {
			return Refuse(UnknownChannel, "channels["+strconv.Itoa(i)+"]", "value", c, "allowed", strings.Join(channels, ", "))
		}
		if slices.Contains(d.Channels[:i], c) {
			return badValue("channels["+strconv.Itoa(i)+"]", c, channels...)
		}
	}
	if err := d.validateTies(); err != nil {
		return err
	}
	return d.Release.validate()
}

// PlainText says whether s may stand in a line that is shown and signed.
func PlainText(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, forbiddenRune) }

// forbiddenRune finds what must not be in a line that is shown and signed:
// controls, and the bidirectional overrides that make text read as another.
func forbiddenRune(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\t' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func badValue(field, value string, allowed ...string) *Refusal {
	return Refuse(BadValue, field, "value", value, "allowed", strings.Join(allowed, ", "))
}

func (p Plan) validate() error {
	if p.Zone != "" {
		if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
			return badValue("release.zone", p.Zone, DefaultZone)
		}
	}
	if p.Late != "" && p.Late != LateNow && p.Late != LateWindow && p.Late != LateHold {
		return badValue("release.late", string(p.Late), string(LateNow), string(LateWindow), string(LateHold))
	}
	if !p.Latest.IsZero() && p.Latest.Before(p.At) {
		return Refuse(ReleaseBadWindow, "release.latest")
	}
	if err := p.validateKind(); err != nil {
		return err
	}
	return p.validatePeriod()
}

// Complete checks that d can be submitted at now. It assumes Validate.
func (d Draft) Complete(now time.Time) error {
	for _, f := range []struct{ name, value string }{
		{"title", strings.TrimSpace(d.Title)},
		{"kind", d.Kind},
		{"formed_on", d.FormedOn},
		{"attribute", d.Attribute},
		{"release.zone", d.Release.Zone},
		{"release.late", string(d.Release.Late)},
	} {
		if f.value == "" {
			return Refuse(Required, f.name)
		}
	}
	switch {
	case d.Body == nil:
		return Refuse(Required, "body")
	case d.Attribute != Proactive:
		return Refuse(NotProactive, "attribute")
	case len(d.Channels) == 0:
		return Refuse(Required, "channels")
	case !d.Release.Undated() && d.Release.At.IsZero():
		return Refuse(Required, "release.at")
	case !d.Release.Undated() && !d.Release.At.After(now):
		return Refuse(ReleaseInPast, "release.at", "at", ShowInstant(d.Release.At, d.Release.Zone))
	case !d.Release.Latest.IsZero() && d.Release.Latest.Before(now):
		return Refuse(ReleaseBadWindow, "release.latest")
	}
	return d.completeTies()
}

// ShowInstant writes t for people, to the minute, in zone.
func ShowInstant(t time.Time, zone string) string {
	if loc, err := time.LoadLocation(zone); err == nil {
		t = t.In(loc)
	}
	return t.Format("2006-01-02 15:04")
}

package detect

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed rulesets/*.json
var shipped embed.FS

// Detectors a rule can name. All but words stand in at most one rule of a set.
const (
	secretMark  = "secret_mark"
	secretLimit = "secret_limit"
	words       = "words"
	attributes  = "attribute"
	residentID  = "resident_id"
	doubtfulID  = "resident_id_doubtful"
	bankCard    = "bank_card"
	mobile      = "mobile"
	creditCode  = "credit_code"
	documentNo  = "document_number"
	hiddenPart  = "hidden_part"
	unreadPart  = "unread_part"
	unreadFile  = "unread_file"
	lexicon     = "lexicon"
)

// ErrNoRuleSet says that no rule set was in effect at the asked instant.
var ErrNoRuleSet = errors.New("no rule set in effect")

// RuleSet is one dated version of the rules; get it from [Load] or [Current].
type RuleSet struct {
	Version       string `json:"version"`
	EffectiveFrom string `json:"effective_from"` // 2006-01-02, in China
	Note          string `json:"note"`
	Rules         []Rule `json:"rules"`

	only    map[string]*Rule // by detector
	marks   *matcher
	entries []wordEntry // same order as the matcher's terms
}

// Rule is one rule of a set. Its examples are run as tests.
type Rule struct {
	ID         string    `json:"id"`
	Detector   string    `json:"detector"`
	Class      Class     `json:"class"`
	Reason     Text      `json:"reason"`
	Basis      string    `json:"basis"`
	Treatment  string    `json:"treatment"`
	Quarantine bool      `json:"quarantine"`
	Params     Params    `json:"params"`
	Examples   []Example `json:"examples"`
}

// Text is a sentence in both languages of the house.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Params are the facts a detector works with; each uses only its own.
type Params struct {
	Words       []string        `json:"words"`        // words: hits wherever they stand
	Marks       []string        `json:"marks"`        // words: hits only where a mark would stand
	Exceptions  []string        `json:"exceptions"`   // words: longer phrases that make a hit harmless
	TitleEnd    bool            `json:"title_end"`    // words: the end of a title is a mark's place too
	ExceptKinds []string        `json:"except_kinds"` // words: kinds of disclosure the rule leaves alone
	MaxYears    map[string]int  `json:"max_years"`    // secret_limit: by level
	Areas       []string        `json:"areas"`        // identifiers: province codes
	Context     []string        `json:"context"`      // identifiers: words that make a weak match certain
	Prefixes    []string        `json:"prefixes"`     // bank_card, credit_code, mobile
	Labels      []string        `json:"labels"`       // mobile: Latin labels that may touch the number
	KeepHead    int             `json:"keep_head"`    // mask: digits left readable
	KeepTail    int             `json:"keep_tail"`
	Ordinary    []string        `json:"ordinary"`   // hidden_part: names of parts any file has
	Codes       map[string]Text `json:"codes"`      // unread_*: reasons in words
	Attributes  []AttributeWord `json:"attributes"` // attribute
}

// AttributeWord is a way a document states its own disclosure attribute.
type AttributeWord struct {
	Text      string `json:"text"`
	Attribute string `json:"attribute"`
}

// Example is a text and the excerpts its rule must find in it.
type Example struct {
	Text   string   `json:"text"`
	Kind   string   `json:"kind"`
	Part   string   `json:"part"` // "body" if empty
	Hidden bool     `json:"hidden"`
	Unread string   `json:"unread"`
	Hits   []string `json:"hits"`
}

// Rules are all versions of the rule set, oldest first.
type Rules []RuleSet

// Load reads every *.json at the root of fsys. It refuses unknown fields,
// unknown detectors and sets that would let an unread or marked file pass.
func Load(fsys fs.FS) (Rules, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list rule sets: %w", err)
	}
	var all Rules
	for _, name := range names {
		rs, err := read(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("rule set %s: %w", path.Base(name), err)
		}
		all = append(all, rs)
	}
	slices.SortFunc(all, func(a, b RuleSet) int { return strings.Compare(a.EffectiveFrom, b.EffectiveFrom) })
	for i := 1; i < len(all); i++ {
		if all[i].EffectiveFrom == all[i-1].EffectiveFrom || all[i].Version == all[i-1].Version {
			return nil, fmt.Errorf("rule sets %s and %s share a version or a date", all[i-1].Version, all[i].Version)
		}
	}
	return all, nil
}

// At returns the version in effect at an instant, or [ErrNoRuleSet].
func (all Rules) At(at time.Time) (RuleSet, error) {
	day := chinaDay(at)
	for _, rs := range slices.Backward(all) {
		if rs.EffectiveFrom <= day {
			return rs, nil
		}
	}
	return RuleSet{}, fmt.Errorf("%s: %w", day, ErrNoRuleSet)
}

// Current returns the shipped rule set in effect at an instant.
func Current(at time.Time) (RuleSet, error) {
	sub, err := fs.Sub(shipped, "rulesets")
	if err != nil {
		return RuleSet{}, fmt.Errorf("open shipped rule sets: %w", err)
	}
	all, err := Load(sub)
	if err != nil {
		return RuleSet{}, err
	}
	return all.At(at)
}

// chinaDay is the calendar day of at in China, which has had no summer time since 1991.
func chinaDay(at time.Time) string {
	return at.In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
}

func read(fsys fs.FS, name string) (RuleSet, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return RuleSet{}, fmt.Errorf("read: %w", err)
	}
	var rs RuleSet
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&rs); err != nil {
		return RuleSet{}, fmt.Errorf("decode: %w", err)
	}
	return rs, rs.prepare()
}

// prepare validates rs and builds what Check needs.
func (rs *RuleSet) prepare() error {
	if rs.Version == "" {
		return errors.New("no version")
	}
	if _, err := time.Parse(time.DateOnly, rs.EffectiveFrom); err != nil {
		return fmt.Errorf("effective_from: %w", err)
	}
	rs.only = map[string]*Rule{}
	ids := map[string]bool{}
	var terms [][]rune
	for i := range rs.Rules {
		r := &rs.Rules[i]
		if err := r.validate(); err != nil {
			return fmt.Errorf("rule %q: %w", r.ID, err)
		}
		if ids[r.ID] || r.Detector != words && rs.only[r.Detector] != nil {
			return fmt.Errorf("rule %q: its id or detector is already taken", r.ID)
		}
		ids[r.ID] = true
		if r.Detector != words {
			rs.only[r.Detector] = r
		}
		for _, e := range r.entries() {
			if len(e.folded) < 2 {
				return fmt.Errorf("rule %q: word %q is shorter than two characters", r.ID, string(e.folded))
			}
			rs.entries = append(rs.entries, e)
			terms = append(terms, e.folded)
		}
	}
	for _, need := range []string{secretMark, secretLimit, hiddenPart, unreadPart, unreadFile, lexicon} {
		if rs.only[need] == nil {
			return fmt.Errorf("no rule for detector %q", need)
		}
	}
	rs.marks = newMatcher(terms)
	return nil
}

func (r *Rule) validate() error {
	known := []string{
		secretMark, secretLimit, words, attributes, residentID, doubtfulID, bankCard, mobile,
		creditCode, documentNo, hiddenPart, unreadPart, unreadFile, lexicon,
	}
	switch {
	case r.ID == "":
		return errors.New("no id")
	case !slices.Contains(known, r.Detector):
		return fmt.Errorf("unknown detector %q", r.Detector)
	case r.Class.Rank() == 0:
		return fmt.Errorf("unknown class %q", r.Class)
	case r.Reason.ZH == "" || r.Reason.EN == "" || r.Basis == "":
		return errors.New("reason in two languages and basis are required")
	case !slices.Contains([]string{"mask", "remove", "ask"}, r.Treatment):
		return fmt.Errorf("unknown treatment %q", r.Treatment)
	case slices.Contains([]string{secretMark, secretLimit, unreadFile}, r.Detector) && r.Class != Block:
		return fmt.Errorf("detector %q must block", r.Detector)
	case slices.Contains([]string{hiddenPart, unreadPart}, r.Detector) && r.Class.Rank() < Hold.Rank():
		return fmt.Errorf("detector %q must hold or block", r.Detector)
	}
	return nil
}

func (r *Rule) finding(version string) Finding {
	return Finding{
		Rule: r.ID, RuleSet: version, Class: r.Class, Reason: r.Reason.ZH, ReasonEN: r.Reason.EN,
		Basis: r.Basis, Treatment: r.Treatment, Quarantine: r.Quarantine,
	}
}

// label puts a reader's reason code into words: language 0 is Chinese, 1 English.
func (r *Rule) label(code string, language int) string {
	t, ok := r.Params.Codes[code]
	switch {
	case !ok:
		return code
	case language == 0:
		return t.ZH
	}
	return t.EN
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

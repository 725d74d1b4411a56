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
	"sync"
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
	creditCode  = "credit_code"
	bankCard    = "bank_card"
	mobile      = "mobile"
	landline    = "landline"
	passport    = "passport"
	plate       = "plate"
	address     = "address"
	email       = "email"
	personName  = "person_name"
	minor       = "minor"
	health      = "health"
	coordinates = "coordinates"
	credential  = "credential"
	bankAccount = "bank_account"
	sensitive   = "sensitive_fact"
	secretLevel = "secret_level"
	brokenLink  = "broken_link"
	accessKey   = "access_key"
	innerHost   = "internal_address"
	documentNo  = "document_number"
	wrongDate   = "date"
	copyNumber  = "copy_number"
	hiddenPart  = "hidden_part"
	unreadPart  = "unread_part"
	unreadFile  = "unread_file"
	lexicon     = "lexicon"
	aggregation = "aggregation"
	untreated   = "untreated"
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
	digest  func() (string, error)
	numbers numberRules
	index   *index     // of every word of every rule
	entries []entry    // same order as the index's terms
	buffers *sync.Pool // of *scratch
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
	Lower      []Lower   `json:"lower"`
	Examples   []Example `json:"examples"`

	blank         Finding // what all its findings share
	context       uint64  // cues of Params.Context
	exceptions    [][]uint16
	loose         [][]uint16
	titles        [][]uint16
	noNames       map[uint16][][]uint16 // exceptions of person_name by their first character
	surnames      map[[2]uint16]bool    // of one character the second is 0
	surnameStarts *[1 << 16]uint8
	areas         map[uint16]bool // of one character
	codes         [100]bool       // areas of two digits
}

// Lower takes a finding down to a class when certain words stand near it, and
// says why. It never drops one: a silent exception is a hole nobody sees.
type Lower struct {
	Words  []string `json:"words"`
	Behind string   `json:"behind"` // characters of which one stands right behind
	Within int      `json:"within"` // characters between; 30 if 0
	Before bool     `json:"before"` // only words before count
	After  bool     `json:"after"`  // only words after count
	Below  bool     `json:"below"`  // anywhere but in the first lines
	Heads  []string `json:"heads"`  // words in the cells of a table that name the column or line
	Of     []string `json:"of"`     // words of the rule it is about; all if empty
	Class  Class    `json:"class"`
	Reason Text     `json:"reason"`

	cues uint64
	of   [][]uint16
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
	Loose       []string        `json:"loose"`        // words: hits where a mark might stand, at the end of a line or behind 为; INFO in running text. address, bank_account: labels that need a person or a bank near by; credential: labels that need no sign behind
	Exceptions  []string        `json:"exceptions"`   // longer phrases that make a hit harmless; person_name: words that are no names
	TitleEnd    bool            `json:"title_end"`    // words: the end of a title is a mark's place too
	Kinds       []string        `json:"kinds"`        // the only kinds of disclosure the rule looks at; all if empty
	ExceptKinds []string        `json:"except_kinds"` // kinds of disclosure the rule leaves alone
	MaxYears    map[string]int  `json:"max_years"`    // secret_limit: by level
	Areas       []string        `json:"areas"`        // identifiers: province codes; plate: their characters
	Context     []string        `json:"context"`      // words near by that a weak match needs, or that make it certain; person_name: labels behind which two characters are a name
	Labels      []string        `json:"labels"`       // words that name what follows them
	Prefixes    []string        `json:"prefixes"`     // bank_card, credit_code, mobile, access_key
	Touching    []string        `json:"touching"`     // mobile: Latin labels that may touch the number; person_name: no surnames right behind a label
	Domains     []string        `json:"domains"`      // email: domains of offices, which are public
	Surnames    []string        `json:"surnames"`     // person_name, minor, health
	Titles      []string        `json:"titles"`       // person_name: what stands behind a surname and is no name
	KeepHead    int             `json:"keep_head"`    // mask: characters left readable
	KeepTail    int             `json:"keep_tail"`
	Ordinary    []string        `json:"ordinary"`   // hidden_part: names of parts any file has
	Codes       map[string]Text `json:"codes"`      // unread_*, date, bank_card: reasons in words
	Attributes  []AttributeWord `json:"attributes"` // attribute
	// aggregation: ends of the names of subjects, rules whose finds are subjects, cues of
	// each kind of fact (# is a digit), and the kinds that tell too much together
	Endings  []string            `json:"endings"`
	Subjects []string            `json:"subjects"`
	Facts    map[string][]string `json:"facts"`
	Together [][]string          `json:"together"`
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
	Class  Class    `json:"class"` // of the hits; the rule's if empty
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
	all, err := shippedRules()
	if err != nil {
		return RuleSet{}, err
	}
	return all.At(at)
}

// shippedRules never changes once read.
var shippedRules = sync.OnceValues(func() (Rules, error) {
	sub, err := fs.Sub(shipped, "rulesets")
	if err != nil {
		return nil, fmt.Errorf("open shipped rule sets: %w", err)
	}
	return Load(sub)
})

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
	v := vocabulary{at: map[string]int{}}
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
		r.blank = Finding{
			Rule: r.ID, RuleSet: rs.Version, Class: r.Class, Reason: r.Reason.ZH, ReasonEN: r.Reason.EN,
			Basis: r.Basis, Treatment: r.Treatment, Quarantine: r.Quarantine,
		}
		if err := v.take(r); err != nil {
			return fmt.Errorf("rule %q: %w", r.ID, err)
		}
	}
	for _, need := range []string{secretMark, secretLimit, hiddenPart, unreadPart, unreadFile, lexicon, untreated} {
		if rs.only[need] == nil {
			return fmt.Errorf("no rule for detector %q", need)
		}
	}
	rs.numbers = numberRules{rs.only[residentID], rs.only[doubtfulID], rs.only[creditCode], rs.only[bankCard], rs.only[mobile], rs.only[personName]}
	rs.entries, rs.buffers = v.entries, &sync.Pool{}
	rs.digest = sync.OnceValues(rs.sum)
	rs.index = newIndex(v.terms, &folded().class)
	return nil
}

func (r *Rule) validate() error {
	known := []string{
		secretMark, secretLimit, words, attributes, residentID, doubtfulID, creditCode, bankCard, mobile, landline,
		passport, plate, address, email, personName, minor, health, coordinates, credential, accessKey, innerHost,
		bankAccount, sensitive, secretLevel, brokenLink, documentNo, wrongDate, copyNumber, hiddenPart, unreadPart, unreadFile, lexicon, aggregation, untreated,
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
	case slices.Contains([]string{secretMark, secretLimit}, r.Detector) && (r.Class != Block || len(r.Lower) > 0):
		return fmt.Errorf("detector %q must block", r.Detector)
	case slices.Contains([]string{hiddenPart, unreadPart, unreadFile, untreated}, r.Detector) && r.Class.Rank() < Hold.Rank():
		return fmt.Errorf("detector %q must hold or block", r.Detector)
	}
	for _, e := range r.Examples {
		if e.Class != "" && e.Class.Rank() == 0 {
			return fmt.Errorf("an example has unknown class %q", e.Class)
		}
	}
	for _, l := range r.Lower {
		if l.Class.Rank() == 0 || l.Class.Rank() >= r.Class.Rank() || l.Reason.ZH == "" || l.Reason.EN == "" || l.Words == nil && l.Behind == "" && l.Heads == nil && !l.Below {
			return errors.New("lower needs words, a lower class and a reason in two languages")
		}
	}
	return nil
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

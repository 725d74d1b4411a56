package disclosure

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ManifestFormat names the layout that is hashed. A new layout gets a new name,
// so that an old hash can never be read as a new one.
const ManifestFormat = "shenfa-manifest/1"

// Hash is the SHA-256 of a manifest's canonical bytes in lower-case hex.
type Hash string

// Manifest is the canonical description of exactly what would be public, where
// and when. Its hash is what people sign.
//
// Salt is random: without it, whoever sees the hash in a log could test guesses
// about a short text that is not public yet.
type Manifest struct {
	Format     string `json:"format"`
	Salt       string `json:"salt"`
	Disclosure string `json:"disclosure"`
	Number     string `json:"number"`
	Edition    int    `json:"edition,omitempty"` // of a correction: 2 and more
	Correction string `json:"correction,omitempty"`
	// Of a correction: how far it goes, and whether the texts before it stay readable.
	CorrectionType CorrectionType `json:"correction_type,omitempty"`
	CloseEarlier   bool           `json:"close_earlier,omitempty"`
	Version        int            `json:"version"`
	Unit           string         `json:"unit"`
	Metadata       Metadata       `json:"metadata"`
	Body           Content        `json:"body"`
	Source         Content        `json:"source"`
	Attachments    []Named        `json:"attachments"`
	Attribute      string         `json:"attribute"`
	Basis          string         `json:"basis"`
	Reason         string         `json:"reason"`
	Channels       []string       `json:"channels"`
	Release        Release        `json:"release"`
	Batch          string         `json:"batch,omitempty"` // with which it is released, or not at all
	// What it says about other items is part of what is approved: it changes what the
	// public reads there, and when this one may be public.
	Interprets       string       `json:"interprets,omitempty"`
	NoInterpretation string       `json:"no_interpretation,omitempty"`
	Continues        Continuation `json:"continues,omitzero"`

	Route   string `json:"route"`
	RouteNo int    `json:"route_version"`
	RuleSet string `json:"rule_set"`
}

// Content is one sequence of bytes. Length is in bytes; Type is a media type.
type Content struct {
	SHA256 string `json:"sha256"`
	Length int64  `json:"length"`
	Type   string `json:"type"`
}

// Named is an attachment under its public name.
type Named struct {
	Name string `json:"name"`
	Content
}

// Release is the approved window. NotBefore and Latest are RFC 3339 instants in
// UTC; Wall is NotBefore as a clock on the wall in Zone shows it, kept beside the
// instant because that is what the signer read.
type Release struct {
	NotBefore  string     `json:"not_before"`
	Latest     string     `json:"latest"`
	Zone       string     `json:"zone"`
	Wall       string     `json:"wall"`
	OnApproval bool       `json:"on_approval"`
	NextWindow bool       `json:"next_window,omitempty"`
	Late       LatePolicy `json:"late"`
	Until      string     `json:"until,omitempty"`       // publicity period: its end,
	PublicDays int        `json:"public_days,omitempty"` // or its length in days
}

// Sum describes data.
func Sum(mediaType string, data []byte) Content {
	sum := sha256.Sum256(data)
	return Content{SHA256: hex.EncodeToString(sum[:]), Length: int64(len(data)), Type: mediaType}
}

// Canonical returns the bytes that are hashed: RFC 8785 JSON.
func (m Manifest) Canonical() ([]byte, error) {
	m.Format = ManifestFormat
	m.Channels = slices.Sorted(slices.Values(m.Channels))
	if m.Attachments == nil {
		m.Attachments = []Named{}
	}
	if m.Metadata.Keywords == nil {
		m.Metadata.Keywords = []string{}
	}
	return Canonical(m)
}

// Hash hashes the canonical bytes.
func (m Manifest) Hash() (Hash, error) {
	b, err := m.Canonical()
	if err != nil {
		return "", fmt.Errorf("canonical manifest: %w", err)
	}
	return HashOf(b), nil
}

// HashOf hashes canonical bytes that were stored.
func HashOf(canonical []byte) Hash {
	sum := sha256.Sum256(canonical)
	return Hash(hex.EncodeToString(sum[:]))
}

// crockford has no I, L, O or U, which people misread.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Short is the code people compare: the first 40 bits in Crockford base32, as
// "7F3K-92QD".
func (h Hash) Short() string {
	raw, err := hex.DecodeString(string(h))
	if err != nil || len(raw) < 5 {
		return ""
	}
	var n uint64
	for _, b := range raw[:5] {
		n = n<<8 | uint64(b)
	}
	var code [8]byte
	for i := range code {
		code[7-i] = crockford[n&31]
		n >>= 5
	}
	return string(code[:4]) + "-" + string(code[4:])
}

// WallTime is the format of Release.Wall.
const WallTime = "2006-01-02T15:04:05"

// NewRelease fixes a plan as a window. A plan "on approval" may be released from
// now on, and one for the next window within one of them; one with an instant never
// before it.
func NewRelease(p Plan, now time.Time) (Release, error) {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return Release{}, Refuse(BadValue, "release.zone", "value", p.Zone, "allowed", DefaultZone)
	}
	at := p.At
	if p.Undated() {
		at = now
	}
	latest := p.Latest
	if latest.IsZero() {
		latest = at.Add(DefaultWindow)
	}
	until := ""
	if !p.Until.IsZero() {
		until = p.Until.UTC().Format(time.RFC3339Nano)
	}
	return Release{
		NotBefore:  at.UTC().Format(time.RFC3339Nano),
		Latest:     latest.UTC().Format(time.RFC3339Nano),
		Zone:       p.Zone,
		Wall:       at.In(zone).Format(WallTime),
		OnApproval: p.OnApproval,
		NextWindow: p.NextWindow,
		Late:       p.Late,
		Until:      until,
		PublicDays: p.PublicDays,
	}, nil
}

// Window reads the two instants back and checks that the wall time still means
// the same instant: if the zone's rules changed meanwhile, what the signer read
// is not what would happen.
func (r Release) Window() (notBefore, latest time.Time, err error) {
	if notBefore, err = time.Parse(time.RFC3339Nano, r.NotBefore); err != nil {
		return
	}
	if latest, err = time.Parse(time.RFC3339Nano, r.Latest); err != nil {
		return
	}
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		return
	}
	if wall := notBefore.In(zone).Format(WallTime); wall != r.Wall {
		err = fmt.Errorf("wall time %s in %s is now %s", r.Wall, r.Zone, wall)
	}
	return
}

// Changes lists the fields in which two manifests differ, by JSON name, in the
// order a person would read them. The salt and the version always differ and say
// nothing.
func Changes(a, b Manifest) []string {
	var changed []string
	note := func(name string, same bool) {
		if !same {
			changed = append(changed, name)
		}
	}
	note("metadata", a.Metadata.equal(b.Metadata))
	note("correction", a.Correction == b.Correction && a.CorrectionType == b.CorrectionType && a.CloseEarlier == b.CloseEarlier)
	note("body", a.Body == b.Body)
	note("attachments", slices.Equal(a.Attachments, b.Attachments))
	note("attribute", a.Attribute == b.Attribute && a.Basis == b.Basis && a.Reason == b.Reason)
	note("channels", strings.Join(slices.Sorted(slices.Values(a.Channels)), ",") ==
		strings.Join(slices.Sorted(slices.Values(b.Channels)), ","))
	note("release", a.Release == b.Release && a.Batch == b.Batch)
	note("ties", a.Interprets == b.Interprets && a.NoInterpretation == b.NoInterpretation && a.Continues == b.Continues)
	note("route", a.Route == b.Route && a.RouteNo == b.RouteNo)
	note("rule_set", a.RuleSet == b.RuleSet)
	return changed
}

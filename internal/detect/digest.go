package detect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gowebpki/jcs"
)

// Shipped returns the rule sets that come with the program, oldest first.
func Shipped() (Rules, error) {
	all, err := shippedRules()
	return slices.Clone(all), err
}

// ParseRuleSet reads one rule set as strictly as [Load]. The error names the
// rule and the field that is wrong.
func ParseRuleSet(r io.Reader) (RuleSet, error) {
	var file struct {
		Version       string            `json:"version"`
		EffectiveFrom string            `json:"effective_from"`
		Note          string            `json:"note"`
		Rules         []json.RawMessage `json:"rules"`
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return RuleSet{}, fmt.Errorf("parse rule set: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return RuleSet{}, errors.New("parse rule set: more stands behind it")
	}
	rs := RuleSet{Version: file.Version, EffectiveFrom: file.EffectiveFrom, Note: file.Note, Rules: make([]Rule, len(file.Rules))}
	for i, raw := range file.Rules {
		if err := strictly(raw, &rs.Rules[i]); err != nil {
			return RuleSet{}, fmt.Errorf("parse rule set: rule %s: %w", nameOf(raw, i), err)
		}
	}
	if err := rs.prepare(); err != nil {
		return RuleSet{}, fmt.Errorf("parse rule set: %w", err)
	}
	return rs, nil
}

func strictly(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// nameOf is what to call a rule that cannot be read: its id, or else its place.
func nameOf(raw []byte, i int) string {
	var r struct {
		ID string `json:"id"`
	}
	if _ = json.Unmarshal(raw, &r); r.ID != "" { // the id may be what is wrong
		return fmt.Sprintf("%q", r.ID)
	}
	return fmt.Sprintf("%d", i+1)
}

// Digest is the SHA-256, in hex, of the set's content as canonical JSON (RFC
// 8785) without its empty fields, so that neither layout nor a field that a
// later program knows changes it.
func (rs RuleSet) Digest() (string, error) {
	if rs.digest == nil {
		return rs.sum()
	}
	return rs.digest()
}

// Name is the version with the first digits of the digest: a set that was changed
// under the same version has another.
func (rs RuleSet) Name() string {
	digest, err := rs.Digest()
	if err != nil {
		return rs.Version
	}
	return rs.Version + "@" + digest[:12]
}

func (rs RuleSet) sum() (string, error) {
	raw, err := json.Marshal(rs)
	if err != nil {
		return "", fmt.Errorf("encode rule set: %w", err)
	}
	var content any
	if err := json.Unmarshal(raw, &content); err != nil {
		return "", fmt.Errorf("encode rule set: %w", err)
	}
	if raw, err = json.Marshal(stated(content)); err != nil {
		return "", fmt.Errorf("encode rule set: %w", err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return "", fmt.Errorf("encode rule set: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// stated leaves out of an object every field that says nothing.
func stated(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x = stated(x); !empty(x) {
				out[k] = x
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = stated(x)
		}
		return out
	}
	return v
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

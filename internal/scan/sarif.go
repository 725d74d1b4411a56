package scan

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"shenfa/internal/detect"
)

// The objects of SARIF 2.1.0 (OASIS Standard, 2020) that are written here, named
// as there.
type (
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID               string            `json:"id"`
		ShortDescription sarifMessage      `json:"shortDescription"`
		FullDescription  sarifMessage      `json:"fullDescription"`
		Help             sarifMessage      `json:"help"`
		Configuration    map[string]string `json:"defaultConfiguration"`
		Properties       map[string]any    `json:"properties"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   map[string]any    `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact map[string]string `json:"artifactLocation"`
		Region   *region           `json:"region,omitempty"`
	}
	sarifLogical struct {
		Name       string         `json:"name"`
		Properties map[string]any `json:"properties"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		ExitCode      int                 `json:"exitCode"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
)

// fingerprint names how the partial fingerprints are made.
const fingerprint = "shenfa/v1"

// maxNotifications bounds what is kept until the end of the run.
const maxNotifications = 1000

// SARIF tells outcomes as a SARIF 2.1.0 log with one run of the program in the
// version given. BLOCK and HOLD are errors, WARN is a warning, INFO a note. The
// region of a finding is told where a part is the text of the file itself.
func (s *Scanner) SARIF(w io.Writer, lang Language, version string) (Report, error) {
	v, err := speak(lang)
	if err != nil {
		return nil, err
	}
	r := &sarif{list: list{w: bufio.NewWriter(w)}, voice: v, s: s, index: map[string]int{}}
	if err := r.open(version); err != nil {
		return nil, err
	}
	return r, nil
}

type sarif struct {
	list
	voice
	s       *Scanner
	index   map[string]int // of the rules
	invoked sarifInvocation
}

func (r *sarif) open(version string) error {
	rules := []sarifRule{}
	for _, x := range r.s.options.Checker.Rules() {
		r.index[x.ID] = len(rules)
		reason, todo := r.pick(x.Reason.ZH, x.Reason.EN), r.todo(Finding{Class: x.Class, Treatment: x.Treatment, Quarantine: x.Quarantine})
		basis := r.say("basis", "basis", x.Basis)
		rules = append(rules, sarifRule{
			ID: x.ID, ShortDescription: sarifMessage{reason}, FullDescription: sarifMessage{reason + r.say("stop") + r.pick("", " ") + basis},
			Help:          sarifMessage{r.say(string(x.Class)) + r.say("colon") + reason + r.say("stop") + r.pick("", " ") + todo + "\n" + basis},
			Configuration: map[string]string{"level": level(x.Class)},
			Properties:    map[string]any{"class": x.Class, "detector": x.Detector, "treatment": x.Treatment, "quarantine": x.Quarantine},
		})
	}
	raw, err := json.MarshalIndent(map[string]any{
		"driver": map[string]any{
			"name": "shenfa", "version": version, "rules": rules, "properties": map[string]any{"checked": r.s.options.Checker.Version()},
		},
	}, "      ", "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = fmt.Fprintf(r.w, `{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": %s,
      "language": %q,
      "columnKind": "unicodeCodePoints",
      "results": [`, raw, r.pick("zh-CN", "en"))
	return err
}

func (r *sarif) File(f File) error {
	uri := map[string]string{"uri": address(f.File)}
	if f.Status == Unreadable && len(r.invoked.Notifications) < maxNotifications {
		r.invoked.Notifications = append(r.invoked.Notifications, sarifNotification{
			Level: "error", Message: sarifMessage{r.say("unreadable", "file", plain(f.File), "why", r.say(f.Error))},
			Locations: []sarifLocation{{Physical: sarifPhysical{Artifact: uri}}},
		})
	}
	if f.Status == Empty {
		r.invoked.Notifications = append(r.invoked.Notifications, sarifNotification{
			Level: "warning", Message: sarifMessage{r.say("empty", "file", plain(f.File))},
		})
	}
	times := map[string]int{}
	for i, x := range f.Findings {
		where := sarifLocation{
			Physical: sarifPhysical{Artifact: uri},
			Logical:  []sarifLogical{{Name: plain(x.Part), Properties: map[string]any{"hidden": x.Hidden, "line": x.Line, "start": x.Start, "end": x.End}}},
		}
		if f.regions != nil {
			where.Physical.Region = f.regions[i]
		}
		print := strings.Join([]string{x.Rule, x.Part, x.Excerpt, x.Context}, "\x00") // what is told anyway: a hash of less is soon guessed
		times[print]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", print, times[print]))
		if err := r.add("        ", sarifResult{
			RuleID: x.Rule, RuleIndex: r.index[x.Rule], Level: level(x.Class), Locations: []sarifLocation{where}, Message: sarifMessage{r.remark(x, f.Type)},
			Fingerprints: map[string]string{fingerprint: hex.EncodeToString(sum[:16])},
			Properties: map[string]any{
				"class": x.Class, "ruleSet": x.RuleSet, "basis": x.Basis, "treatment": x.Treatment, "mask": x.Mask, "quarantine": x.Quarantine,
			},
		}); err != nil {
			return err
		}
	}
	return r.w.Flush()
}

func (r *sarif) remark(f Finding, media string) string {
	whole := r.s.whole(f)
	excerpt := r.say("quote", "", short(plain(f.Excerpt), nameRunes))
	if f.Excerpt == stars {
		excerpt = r.count("length", f.End-f.Start)
	}
	return r.place(f, whole, media) + r.say("colon") + excerpt + r.say("comma") + r.pick(f.Reason, f.ReasonEN) + r.say("stop") + r.pick("", " ") + r.todo(f)
}

func (r *sarif) Close(s Summary) error {
	r.invoked.ExitCode = s.Code()
	r.invoked.Successful = s.By[Unreadable] == 0 && s.Files > 0
	if r.invoked.Notifications == nil {
		r.invoked.Notifications = []sarifNotification{}
	}
	raw, err := json.MarshalIndent([]sarifInvocation{r.invoked}, "      ", "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	end := "\n      ]"
	if r.items == 0 {
		end = "]"
	}
	if _, err := fmt.Fprintf(r.w, "%s,\n      \"invocations\": %s\n    }\n  ]\n}\n", end, raw); err != nil {
		return err
	}
	return r.w.Flush()
}

func level(c detect.Class) string {
	switch {
	case c.Rank() >= detect.Hold.Rank():
		return "error"
	case c == detect.Warn:
		return "warning"
	}
	return "note"
}

// address makes a URI of a path, relative if the path is.
func address(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	if slices.Contains([]string{"", "."}, u.Path) {
		return "./"
	}
	return u.String()
}

package scan

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// objects are the properties that SARIF 2.1.0 gives the objects we write, by their
// path in the log; its objects have no others, save in property bags. Those with !
// are required.
var objects = map[string]string{
	"":                       "$schema version! runs! inlineExternalProperties properties",
	"runs":                   "tool! invocations language columnKind results artifacts properties",
	"runs.tool":              "driver! extensions properties",
	"runs.tool.driver":       "name! version semanticVersion fullName informationUri rules notifications language properties",
	"runs.tool.driver.rules": "id! name shortDescription fullDescription messageStrings defaultConfiguration helpUri help properties",
	"runs.tool.driver.rules.shortDescription":     "text! markdown properties",
	"runs.tool.driver.rules.fullDescription":      "text! markdown properties",
	"runs.tool.driver.rules.help":                 "text! markdown properties",
	"runs.tool.driver.rules.defaultConfiguration": "enabled level rank parameters properties",
	"runs.results":                                                                            "ruleId ruleIndex kind level message! locations partialFingerprints fingerprints properties",
	"runs.results.message":                                                                    "text markdown id arguments properties",
	"runs.results.locations":                                                                  "id physicalLocation logicalLocations message annotations properties",
	"runs.results.locations.physicalLocation":                                                 "artifactLocation region contextRegion properties",
	"runs.results.locations.physicalLocation.artifactLocation":                                "uri uriBaseId index description properties",
	"runs.results.locations.physicalLocation.region":                                          "startLine startColumn endLine endColumn charOffset charLength snippet message properties",
	"runs.results.locations.logicalLocations":                                                 "name fullyQualifiedName kind index properties",
	"runs.results.partialFingerprints":                                                        "shenfa/v1",
	"runs.invocations":                                                                        "executionSuccessful! exitCode toolExecutionNotifications properties",
	"runs.invocations.toolExecutionNotifications":                                             "message! level locations descriptor properties",
	"runs.invocations.toolExecutionNotifications.message":                                     "text markdown id arguments properties",
	"runs.invocations.toolExecutionNotifications.locations":                                   "id physicalLocation logicalLocations properties",
	"runs.invocations.toolExecutionNotifications.locations.physicalLocation":                  "artifactLocation region properties",
	"runs.invocations.toolExecutionNotifications.locations.physicalLocation.artifactLocation": "uri uriBaseId index properties",
}

// shaped holds what is written against objects.
func shaped(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			shaped(t, path, x)
		}
	case map[string]any:
		known, ok := objects[path]
		require.True(t, ok, "%s is no object of SARIF that we know", path)
		for _, name := range strings.Fields(known) {
			if need, required := strings.CutSuffix(name, "!"); required {
				require.Contains(t, v, need, path)
			}
		}
		for name, x := range v {
			require.Contains(t, strings.Fields(strings.ReplaceAll(known, "!", "")), name, path)
			if name != "properties" {
				shaped(t, strings.TrimPrefix(path+"."+name, "."), x)
			}
		}
	}
}

// log is as much of a SARIF log as tests look at.
type log struct {
	Schema string `json:"$schema"`
	Runs   []struct {
		Tool struct {
			Driver struct{ Rules []sarifRule }
		}
		ColumnKind  string
		Results     []sarifResult
		Invocations []sarifInvocation
	}
}

func sarifOf(t *testing.T, s *Scanner, paths ...string) (raw []byte, l log) {
	t.Helper()
	var b bytes.Buffer
	r, err := s.SARIF(&b, Chinese, "1.2.3")
	require.NoError(t, err)
	run(t, s, r, paths...)
	require.NoError(t, json.Unmarshal(b.Bytes(), &l))
	return b.Bytes(), l
}

func TestSARIFHasTheShapeOfTheStandard(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	for _, paths := range [][]string{{folder}, {dir}, {dir + "/missing"}} {
		raw, l := sarifOf(t, scanner(t, Options{}), paths...)
		var v any
		require.NoError(t, json.Unmarshal(raw, &v))
		shaped(t, "", v)
		require.Len(t, l.Runs, 1)
		for _, x := range l.Runs[0].Results {
			rule := l.Runs[0].Tool.Driver.Rules[x.RuleIndex]
			require.Equal(t, rule.ID, x.RuleID)
			require.NotEmpty(t, rule.Help.Text)
			class := x.Properties["class"].(string)
			require.Equal(t, map[string]string{"BLOCK": "error", "HOLD": "error", "WARN": "warning", "INFO": "note"}[class], x.Level)
			uri, err := url.Parse(x.Locations[0].Physical.Artifact["uri"])
			require.NoError(t, err)
			require.False(t, uri.IsAbs())
			require.Len(t, x.Locations[0].Logical, 1)
		}
	}
}

func TestSARIFPointsAtLinesAndColumnsOfATextFile(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	path := write(t, dir, "a b.txt", []byte("\ufeff第一行\r\n联系人𠮷𠮷：13812345678。\r\n"))
	_, l := sarifOf(t, scanner(t, Options{}), path)
	require.Equal(t, "unicodeCodePoints", l.Runs[0].ColumnKind)
	require.Len(t, l.Runs[0].Results, 1)
	at := l.Runs[0].Results[0].Locations[0].Physical
	require.Equal(t, &region{StartLine: 2, StartColumn: 7, EndLine: 2, EndColumn: 18}, at.Region)
	require.Equal(t, "file://"+dir+"/a%20b.txt", at.Artifact["uri"])

	_, l = sarifOf(t, scanner(t, Options{}), write(t, dir, "a.docx", minutes(t)))
	for _, x := range l.Runs[0].Results {
		require.Nil(t, x.Locations[0].Physical.Region, "a place in a package is no line of the file")
	}
}

func TestFingerprintsOutliveLinesAboveAndTellPlacesApart(t *testing.T) {
	t.Parallel()

	prints := func(text string) (out []string) {
		_, l := sarifOf(t, scanner(t, Options{}), write(t, t.TempDir(), "a.txt", []byte(text)))
		for _, x := range l.Runs[0].Results {
			out = append(out, x.Fingerprints[fingerprint])
		}
		return out
	}
	const text = "电话13812345678\n电话13812345678\n内部资料\n"
	first := prints(text)
	require.Len(t, first, 3)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(first))), 3)
	require.Equal(t, first, prints("加了一行\n\n"+text))
	require.Equal(t, first[:2], prints("电话13887655678\n电话13887655678\n"), "made of what is told, so that nobody finds the number from it")
}

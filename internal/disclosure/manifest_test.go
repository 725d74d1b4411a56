package disclosure

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write golden files and drawings instead of comparing them")

// golden compares got with a file and rewrites it under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "if this is meant, run with -update and say why in the commit")
}

func someManifest() Manifest {
	return Manifest{
		Format: ManifestFormat, Salt: "00112233445566778899aabbccddeeff", Disclosure: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
		Number: "SF-2026-000001", Version: 2, Unit: "SF",
		Metadata: Metadata{
			Title: "关于“安全月”的通知\n<第二行>", Kind: "notice", DocumentNumber: "示应急〔2026〕1号", IndexNumber: "000000/2026-00001",
			FormedOn: "2026-01-05", Topic: "安全生产", Keywords: []string{"安全", "检查"}, Summary: "例行检查 & 培训",
		},
		Body:        Sum("text/html; charset=utf-8", []byte("<p>正文</p>")),
		Source:      Sum("text/plain", []byte("正文")),
		Attachments: []Named{{Name: "附件1.pdf", Content: Sum("application/pdf", []byte("%PDF-1"))}, {Name: "附件2.csv", Content: Sum("text/csv", []byte("a,b"))}},
		Attribute:   Proactive, Basis: "《政府信息公开条例》第二十条", Reason: "无", Channels: []string{"portal", "webhook"},
		Release: Release{
			NotBefore: "2026-01-12T01:00:00Z", Latest: "2026-01-19T01:00:00Z", Zone: "Asia/Shanghai", Wall: "2026-01-12T09:00:00", Late: LateNow,
		},
		Route: "ordinary", RouteNo: 1, RuleSet: "2026.1",
	}
}

// What was signed in the past must hash the same for ever.
func TestManifestBytesAndHashAreFixed(t *testing.T) {
	t.Parallel()

	canonical, err := someManifest().Canonical()
	require.NoError(t, err)
	hash, err := someManifest().Hash()
	require.NoError(t, err)
	golden(t, "testdata/manifest.json", canonical)
	golden(t, "testdata/manifest.sha256", []byte(hash+"\n"))
	require.Equal(t, HashOf(canonical), hash)

	var back Manifest
	require.NoError(t, json.Unmarshal(canonical, &back))
	require.Equal(t, someManifest(), back, "the bytes hold all that was signed")
}

// S4, without the race: whatever is changed after an approval, the hash is another.
func TestS4_EveryFieldOfTheManifestIsUnderItsHash(t *testing.T) {
	t.Parallel()

	before, err := someManifest().Hash()
	require.NoError(t, err)
	changed := 0
	visit(t, func(m *Manifest) reflect.Value { return reflect.ValueOf(m).Elem() }, "manifest", func(path string, at func(*Manifest) reflect.Value) {
		if path == "manifest.Format" {
			return // the layout writes its own name
		}
		changed++
		m := someManifest()
		switch f := at(&m); f.Kind() {
		case reflect.String:
			f.SetString(f.String() + "x")
		case reflect.Int, reflect.Int64:
			f.SetInt(f.Int() + 1)
		case reflect.Bool:
			f.SetBool(!f.Bool())
		case reflect.Slice: // one element fewer; each element is visited on its own
			f.Set(f.Slice(0, f.Len()-1))
		}
		after, err := m.Hash()
		require.NoError(t, err)
		require.NotEqual(t, before, after, path)
	})
	require.Greater(t, changed, 35)

	t.Run("TheOrderOfAttachmentsIsSigned", func(t *testing.T) {
		t.Parallel()

		m := someManifest()
		slices.Reverse(m.Attachments)
		after, err := m.Hash()
		require.NoError(t, err)
		require.NotEqual(t, before, after)
	})
	t.Run("TheOrderOfChannelsSaysNothing", func(t *testing.T) {
		t.Parallel()

		m := someManifest()
		slices.Reverse(m.Channels)
		after, err := m.Hash()
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.Equal(t, []string{"webhook", "portal"}, m.Channels, "the caller's slice is left alone")
	})
	t.Run("NoneAndEmptyAreTheSame", func(t *testing.T) {
		t.Parallel()

		a, b := someManifest(), someManifest()
		a.Attachments, a.Metadata.Keywords = nil, nil
		b.Attachments, b.Metadata.Keywords = []Named{}, []string{}
		x, err := a.Hash()
		require.NoError(t, err)
		y, err := b.Hash()
		require.NoError(t, err)
		require.Equal(t, x, y)
	})
}

// visit walks every field of a manifest, into structs and slices.
func visit(t *testing.T, at func(*Manifest) reflect.Value, path string, f func(string, func(*Manifest) reflect.Value)) {
	t.Helper()
	m := someManifest()
	switch v := at(&m); v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			visit(t, func(m *Manifest) reflect.Value { return at(m).Field(i) }, path+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Slice:
		require.NotZero(t, v.Len(), "%s: the example must have an element to change", path)
		f(path, at)
		for i := range v.Len() {
			visit(t, func(m *Manifest) reflect.Value { return at(m).Index(i) }, fmt.Sprintf("%s[%d]", path, i), f)
		}
	default:
		f(path, at)
	}
}

// Whoever guesses the whole text still cannot tell from the hash.
func TestTheSaltHidesWhatCouldBeGuessed(t *testing.T) {
	t.Parallel()

	a, b := someManifest(), someManifest()
	b.Salt = strings.Repeat("0", len(a.Salt))
	x, err := a.Hash()
	require.NoError(t, err)
	y, err := b.Hash()
	require.NoError(t, err)
	require.NotEqual(t, x, y)
	require.Empty(t, Changes(a, b), "and is no change that a person would be told of")
}

func TestChangesNamesWhatAPersonMustLookAt(t *testing.T) {
	t.Parallel()

	for want, change := range map[string]func(*Manifest){
		"metadata":    func(m *Manifest) { m.Metadata.Keywords = []string{"安全"} },
		"body":        func(m *Manifest) { m.Body.SHA256 = "x" },
		"attachments": func(m *Manifest) { m.Attachments[1].Name = "y" },
		"attribute":   func(m *Manifest) { m.Reason = "z" },
		"channels":    func(m *Manifest) { m.Channels = []string{"portal"} },
		"release":     func(m *Manifest) { m.Release.Late = LateHold },
		"route":       func(m *Manifest) { m.RouteNo++ },
		"rule_set":    func(m *Manifest) { m.RuleSet = "2026.2" },
	} {
		m := someManifest()
		change(&m)
		require.Equal(t, []string{want}, Changes(someManifest(), m))
	}
}

func TestShortCodeIsTheFirstFortyBits(t *testing.T) {
	t.Parallel()

	require.Equal(t, "0000-0000", Hash(strings.Repeat("0", 64)).Short())
	require.Equal(t, "ZZZZ-ZZZZ", Hash(strings.Repeat("f", 64)).Short())
	require.Equal(t, "0000-0001", Hash("0000000001"+strings.Repeat("f", 54)).Short())
	require.Empty(t, Hash("").Short())
	require.Empty(t, Hash("not hexadecimal").Short())
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")
		code := strings.ReplaceAll(Hash(hex.EncodeToString(raw)).Short(), "-", "")
		require.Len(t, code, 8)
		var n uint64
		for _, c := range code {
			n = n<<5 | uint64(strings.IndexRune(crockford, c))
		}
		var want uint64
		for _, b := range raw[:5] {
			want = want<<8 | uint64(b)
		}
		require.Equal(t, want, n)
	})
}

// zones: whole hours, half an hour of summer time, three quarters, none, and one
// that skipped a day.
var zones = []string{
	"Asia/Shanghai", "UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns",
}

// turns are instants at which the clocks of those zones are moved.
var turns = []time.Time{
	time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC),    // New York, forward
	time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC),   // New York, back: 01:30 comes twice
	time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),   // London, forward
	time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),  // London, back
	time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC),   // Lord Howe, back by half an hour
	time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC), // Apia skips the 30th
	time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC), // midnight of New Year in Shanghai
	time.Date(1991, 9, 14, 17, 0, 0, 0, time.UTC),  // the last summer time of Shanghai
}

func TestF1_WallTimeAndInstantAgreeInEveryZone(t *testing.T) {
	t.Parallel()

	for _, zone := range zones {
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		for _, turn := range turns {
			for _, shift := range []time.Duration{-time.Hour, -30 * time.Minute, -time.Second, 0, time.Second, 30 * time.Minute, time.Hour} {
				at := turn.Add(shift)
				// The typed instant may come in whatever zone the client wrote.
				for _, typed := range []*time.Location{time.UTC, loc, time.FixedZone("", 5*3600+45*60)} {
					r, err := NewRelease(Plan{At: at.In(typed), Zone: zone, Late: LateNow}, time.Time{})
					require.NoError(t, err)
					require.Equal(t, at.In(loc).Format(WallTime), r.Wall, "%s %s", zone, at)
					notBefore, latest, err := r.Window()
					require.NoError(t, err, "%s %s", zone, at)
					require.True(t, notBefore.Equal(at), "neither earlier nor later than typed: %s %s", zone, at)
					require.True(t, latest.Equal(at.Add(DefaultWindow)))
					require.Equal(t, time.UTC, notBefore.Location())
				}
			}
		}
	}
}

// If the state changes a zone's rules after the signature, the clock on the wall no
// longer shows what the leader read, and the release must not go on.
func TestF1_ChangedZoneRulesAreNoticed(t *testing.T) {
	t.Parallel()

	r, err := NewRelease(Plan{At: turns[0], Zone: "America/New_York", Late: LateNow}, time.Time{})
	require.NoError(t, err)
	signed, err := time.Parse(WallTime, r.Wall)
	require.NoError(t, err)
	for _, moved := range []time.Duration{-time.Hour, -30 * time.Minute, time.Second, time.Hour, 24 * time.Hour} {
		old := r
		old.Wall = signed.Add(moved).Format(WallTime)
		_, _, err := old.Window()
		require.ErrorContains(t, err, "wall time")
	}
	for name, broken := range map[string]func(*Release){
		"instant": func(r *Release) { r.NotBefore = "2026-03-08" },
		"latest":  func(r *Release) { r.Latest = "" },
		"zone":    func(r *Release) { r.Zone = "Mars/Olympus" },
	} {
		x := r
		broken(&x)
		_, _, err := x.Window()
		require.Error(t, err, name)
	}
}

func TestF1_OnApprovalIsNeverBeforeTheSubmission(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 1, 5, 1, 0, 0, 123456789, time.UTC)
	r, err := NewRelease(Plan{At: now.Add(-time.Hour), OnApproval: true, Zone: DefaultZone, Late: LateHold}, now)
	require.NoError(t, err)
	notBefore, latest, err := r.Window()
	require.NoError(t, err)
	require.True(t, notBefore.Equal(now))
	require.True(t, latest.Equal(now.Add(DefaultWindow)))

	_, err = NewRelease(Plan{At: now, Zone: "Mars/Olympus"}, now)
	require.Equal(t, BadValue, CodeOf(err))
}

// The process may run in any zone: servers, containers and laptops do. Each child
// process prints its releases, and all print the same.
func TestF1_TheProcessZoneDoesNotMatter(t *testing.T) {
	t.Parallel()

	if os.Getenv("SHENFA_TEST_RELEASES") != "" {
		var out bytes.Buffer
		for _, zone := range zones {
			for _, turn := range turns {
				r, err := NewRelease(Plan{At: turn.Local(), Zone: zone, Late: LateNow}, turn)
				require.NoError(t, err)
				notBefore, latest, err := r.Window()
				require.NoError(t, err)
				fmt.Fprintf(&out, "%v %d %d %s\n", r, notBefore.UnixNano(), latest.UnixNano(), ShowInstant(turn.Local(), zone))
			}
		}
		require.NoError(t, os.WriteFile(os.Getenv("SHENFA_TEST_RELEASES"), out.Bytes(), 0o600))
		return
	}
	var first []byte
	for _, tz := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia"} {
		file := filepath.Join(t.TempDir(), "releases")
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "TZ="+tz, "SHENFA_TEST_RELEASES="+file)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		if first == nil {
			first = got
		}
		require.NotEmpty(t, got)
		require.Equal(t, string(first), string(got), "in %s", tz)
	}
}

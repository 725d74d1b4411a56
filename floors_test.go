// Package shenfa_test keeps the rules of the house: who may import whom, and what
// nobody may use. .golangci.yaml says the same to whoever has golangci-lint.
package shenfa_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is named often below.
const (
	echo     = "github.com/labstack/echo"
	sdk      = "go.temporal.io/sdk"
	server   = "go.temporal.io/server"
	serves   = "net/http" // with which one can serve and call alike
	database = "database/sql"
)

var sql = []string{database, "github.com/jmoiron/sqlx", "github.com/lib/pq", "github.com/pressly/goose"}

// room is what one package may import: ours by name, and never what begins with one
// of the others.
type room struct {
	floor int
	ours  []string
	never []string
}

func never(lists ...[]string) []string { return slices.Concat(lists...) }

var (
	pureFloor = never(sql, []string{echo, sdk, server, serves})
	pages     = never(sql, []string{sdk, server})

	house = map[string]room{
		"internal/disclosure": {0, nil, never(pureFloor, []string{"github.com", "go.", "golang.org"})},

		"internal/calendar":     {1, nil, pureFloor},
		"internal/notice":       {1, []string{"internal/calendar", "internal/disclosure"}, pureFloor},
		"internal/compare":      {1, nil, pureFloor},
		"internal/paper":        {1, nil, pureFloor},
		"internal/detect":       {1, nil, pureFloor},
		"internal/document":     {1, []string{"internal/document/pdf"}, pureFloor},
		"internal/document/pdf": {1, nil, pureFloor},
		"internal/ledger":       {1, nil, pureFloor},
		"internal/treatment":    {1, []string{"internal/document", "internal/document/pdf"}, pureFloor},
		"internal/scan":         {1, []string{"internal/check", "internal/detect", "internal/document"}, pureFloor},
		"internal/check":        {1, []string{"internal/detect", "internal/document"}, pureFloor},
		// Seals the payloads of Temporal too, so it knows how they are converted.
		"internal/vault": {1, nil, never(sql, []string{echo, server, serves, sdk + "/client", sdk + "/worker", sdk + "/workflow", sdk + "/activity"})},

		// For receivers outside as well, so it needs nothing but the standard library.
		"webhook": {1, nil, never(sql, []string{echo, sdk, server, "github.com", "golang.org"})},

		"migrations":                 {2, nil, []string{echo, sdk, server, serves}},
		"internal/store":             {2, []string{"internal/notice", "internal/calendar", "internal/vault", "internal/ledger", "internal/check", "internal/detect", "internal/disclosure", "migrations"}, []string{echo, sdk, server, serves}},
		"internal/reader":            {2, []string{"internal/document", "internal/document/pdf", "internal/treatment"}, never(sql, []string{echo, sdk, server, serves})},
		"internal/channel":           {2, []string{"internal/disclosure"}, never(sql, []string{echo, sdk, server})},
		"internal/channel/directory": {2, []string{"internal/channel", "internal/disclosure"}, never(sql, []string{echo, sdk, server, serves})},
		"internal/channel/portal":    {2, []string{"internal/channel", "internal/disclosure"}, never(sql, []string{echo, sdk, server})},
		"internal/channel/webhook":   {2, []string{"internal/channel", "internal/disclosure", "webhook"}, never(sql, []string{echo, sdk, server})},

		"internal/channel/wechat":            {2, []string{"internal/channel", "internal/disclosure"}, never(sql, []string{echo, sdk, server})},
		"internal/channel/wechat/wechattest": {8, nil, never(sql, []string{echo, sdk, server})},

		"activities": {3, []string{"internal/store", "internal/channel", "internal/check", "internal/calendar", "internal/detect", "internal/document", "internal/disclosure"}, never(sql, []string{echo, server})},
		// Of store and channel, workflows use names only; workflowcheck sees to the rest.
		"workflows": {4, []string{"activities", "internal/disclosure", "internal/channel", "internal/store"}, never(sql, []string{echo, server, serves})},

		"internal/desk": {5, []string{
			"activities", "workflows", "internal/notice", "internal/calendar", "internal/channel", "internal/compare", "internal/document", "internal/check", "internal/disclosure", "internal/paper", "internal/scan", "internal/store",
		}, never(sql, []string{echo, server, serves})},
		// It beats to an address outside, and serves none.
		"internal/keeper": {5, []string{"internal/store", "internal/notice", "internal/calendar", "workflows"}, never(sql, []string{echo, server})},

		"api":          {6, []string{"internal/desk", "internal/disclosure", "webhook"}, pages},
		"api/console":  {6, []string{"internal/calendar", "internal/compare", "internal/desk", "internal/disclosure", "internal/paper"}, pages},
		"api/portal":   {6, []string{"internal/desk", "internal/disclosure"}, pages},
		"internal/cli": {6, []string{"internal/disclosure"}, never(pages, []string{echo})},

		"internal/engine": {7, []string{"internal/vault"}, []string{echo}},

		// Above all floors, and beside them: the wiring, and what only tests use.
		"cmd/shenfa":                   {8, nil, nil},
		"internal/detect/corpus":       {8, nil, pureFloor},
		"internal/eval":                {8, []string{"internal/check", "internal/detect", "internal/document"}, pureFloor},
		"internal/channel/channeltest": {8, []string{"internal/channel", "internal/disclosure"}, never(sql, []string{echo, sdk, server})},
		"internal/testkit":             {8, []string{"internal/store", "internal/vault", "internal/disclosure", "migrations"}, []string{echo, sdk, server}},
		"internal/testkit/chromium":    {8, nil, []string{echo, sdk, server}},
		"e2e":                          {8, nil, nil},
	}

	wiring = []string{"cmd/shenfa", "e2e"} // may import everything
)

type pkg struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "./...")
	out, err := cmd.Output()
	require.NoError(t, err)
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[ours(p.ImportPath)] = p
	}
}

// ours is the path below the module, or empty for somebody else's.
func ours(path string) string {
	rest, found := strings.CutPrefix(path, "shenfa")
	if !found {
		return ""
	}
	return strings.TrimPrefix(rest, "/")
}

func TestFloors(t *testing.T) {
	t.Parallel()

	for name, p := range packages(t) {
		if name == "" {
			continue // this test
		}
		r, known := house[name]
		require.True(t, known, "package %s is on no floor: say here what it may import", name)
		if slices.Contains(wiring, name) {
			continue
		}
		for _, path := range p.Imports {
			if mine := ours(path); mine != "" {
				require.Contains(t, r.ours, mine, "%s imports %s", name, mine)
				if name != "internal/testkit" {
					require.LessOrEqual(t, house[mine].floor, r.floor, "%s imports %s, which is above it", name, mine)
				}
				continue
			}
			for _, no := range r.never {
				require.False(t, path == no || strings.HasPrefix(path, no+"/") || strings.HasSuffix(no, ".") && strings.HasPrefix(path, no),
					"%s imports %s", name, path)
			}
			require.NotEqual(t, "text/template", path, "%s: pages are made with html/template, which escapes", name)
		}
	}
}

// TestEngineStaysOutOfSight holds that nothing waits for the Temporal server to be
// compiled but what runs it.
func TestEngineStaysOutOfSight(t *testing.T) {
	t.Parallel()

	for name, p := range packages(t) {
		if slices.Contains(wiring, name) || name == "internal/engine" {
			continue
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			require.NotEqual(t, "shenfa/internal/engine", path, "%s imports the engine", name)
		}
	}
}

// TestTimeIsPassedIn holds that only the outermost code reads the process clock.
func TestTimeIsPassedIn(t *testing.T) {
	t.Parallel()

	reads := []string{"cmd/shenfa", "internal/testkit", "internal/channel/channeltest", "e2e", "internal/engine"} // the engine watches a process and dates certificates
	hands := []string{"api", "api/console", "api/portal"}                                                         // the default of an option: hands the clock on, does not read it
	for name, p := range packages(t) {
		if slices.Contains(reads, name) {
			continue
		}
		for _, file := range p.GoFiles {
			calls, uses := clock(t, filepath.Join(p.Dir, file))
			require.Zero(t, calls, "%s/%s reads the clock", name, file)
			if !slices.Contains(hands, name) {
				require.Zero(t, uses, "%s/%s takes the clock", name, file)
			}
		}
	}
}

// clock counts in a file where time.Now is called, and where it is named.
func clock(t *testing.T, file string) (calls, uses int) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	isNow := func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "Now" {
			return false
		}
		of, ok := s.X.(*ast.Ident)
		return ok && of.Name == "time"
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if isNow(n) {
			uses++
		}
		if call, ok := n.(*ast.CallExpr); ok && isNow(call.Fun) {
			calls++
		}
		return true
	})
	return calls, uses
}

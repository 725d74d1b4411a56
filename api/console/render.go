package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"shenfa/internal/disclosure"
)

// stylesheet is all our style, and script all that runs in a browser. Their addresses
// change with them, so that they may be kept for ever.
var (
	stylesheet     = mustRead("assets/shenfa.css")
	stylesheetName = stamped("shenfa", ".css", stylesheet)
	script         = mustRead("assets/findings.js")
	scriptName     = stamped("findings", ".js", script)
	dragging       = mustRead("assets/calendar.js")
	draggingName   = stamped("calendar", ".js", dragging)
	walking        = mustRead("assets/inbox.js")
	walkingName    = stamped("inbox", ".js", walking)
	drafting       = mustRead("assets/draft.js")
	draftingName   = stamped("draft", ".js", drafting)
	remarking      = mustRead("assets/comments.js")
	remarkingName  = stamped("comments", ".js", remarking)
)

func stamped(name, ext string, data []byte) string {
	sum := sha256.Sum256(data)
	return name + "." + hex.EncodeToString(sum[:6]) + ext
}

func mustRead(name string) []byte {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("embedded %s: %v", name, err))
	}
	return raw
}

func (c *Console) asset(v *visit) error {
	kind, data := "text/css; charset=utf-8", stylesheet
	switch v.Param("name") {
	case stylesheetName:
	case scriptName:
		kind, data = "text/javascript; charset=utf-8", script
	case walkingName:
		kind, data = "text/javascript; charset=utf-8", walking
	case remarkingName:
		kind, data = "text/javascript; charset=utf-8", remarking
	case draftingName:
		kind, data = "text/javascript; charset=utf-8", drafting
	case draggingName:
		kind, data = "text/javascript; charset=utf-8", dragging
	default:
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	v.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return v.Blob(http.StatusOK, kind, data)
}

// icons are the strokes of each icon, drawn for this product in a box of 20 by 20.
var icons = func() map[string]string {
	all := map[string]string{}
	if err := json.Unmarshal(mustRead("assets/icons.json"), &all); err != nil {
		panic(fmt.Sprintf("embedded icons: %v", err))
	}
	return all
}()

// icon draws an icon beside words; alone it takes the words as its label.
func icon(name string, label ...string) template.HTML {
	says := `aria-hidden="true"`
	if len(label) > 0 {
		says = `role="img" aria-label="` + template.HTMLEscapeString(strings.Join(label, " ")) + `"`
	}
	return template.HTML(`<svg class="i" viewBox="0 0 20 20" ` + says + `>` + icons[name] + `</svg>`)
}

var templates = func() map[string]*template.Template {
	funcs := template.FuncMap{
		"icon":       icon,
		"stylesheet": func() string { return base + "/assets/" + stylesheetName },
		"script":     func() string { return base + "/assets/" + scriptName },
		"walking":    func() string { return base + "/assets/" + walkingName },
		"remarking":  func() string { return base + "/assets/" + remarkingName },
		"drafting":   func() string { return base + "/assets/" + draftingName },
		"dragging":   func() string { return base + "/assets/" + draggingName },
		"path":       itemPath,
		"size":       size,
		"both":       func(a, b any) []any { return []any{a, b} },
	}
	all := map[string]*template.Template{}
	for _, name := range []string{"login", "error", "inbox", "draft", "item", "findings", "quarantine", "calendar", "batches", "campaigns", "campaign", "blackouts", "delegations", "routes", "route", "design", "diff", "trail", "accounts", "account", "changes", "roles", "me", "move", "reports", "notes", "questions", "comments", "previews", "ahead", "notices", "clocks", "resume", "rules", "channels", "records", "years", "year", "announcements", "announcement", "reroute"} {
		all[name] = template.Must(template.New("").Funcs(funcs).ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/assign.html", "pages/ratify.html", "pages/reevaluate.html", "pages/announcing.html", "pages/"+name+".html"))
	}
	return all
}()

// show renders all of a page before it sends any of it.
func (c *Console) show(v *visit, status int, name string, page any) error {
	out, err := render(name, page)
	if err != nil {
		return err
	}
	v.Response().Header().Set("Content-Language", Frame{Lang: v.lang}.Tongue())
	v.Response().Header().Set("Vary", "Accept-Language, Cookie")
	return v.HTMLBlob(status, out)
}

func render(name string, page any) ([]byte, error) {
	var out bytes.Buffer
	if err := templates[name].ExecuteTemplate(&out, "layout", page); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return drawnOnce(out.Bytes()), nil
}

// drawnOnce draws an icon where a page has it first, and refers to that from then on.
func drawnOnce(page []byte) []byte {
	for _, name := range slices.Sorted(maps.Keys(icons)) {
		strokes := []byte(icons[name] + "</svg>")
		first := bytes.Index(page, strokes)
		drawn, again := fmt.Appendf(nil, `<g id="i-%s">%s</g></svg>`, name, icons[name]), fmt.Appendf(nil, `<use href="#i-%s"/></svg>`, name)
		n := bytes.Count(page, strokes)
		if (n-1)*(len(strokes)-len(again)) <= len(drawn)-len(strokes) {
			continue
		}
		head, rest := page[:first], page[first+len(strokes):]
		page = slices.Concat(head, drawn, bytes.ReplaceAll(rest, strokes, again))
	}
	return page
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

package portal

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"
)

//go:embed words
var wordFiles embed.FS

// Languages of what surrounds the content. The content is what was approved.
const (
	chinese = "zh"
	english = "en"
)

// tags are what the languages are called in attributes and headers.
var tags = map[string]string{chinese: "zh-CN", english: "en"}

// catalogues hold every word of the pages, by language and key; read-only once the
// program runs.
var catalogues = map[string]map[string]string{chinese: mustWords(chinese), english: mustWords(english)}

// mustWords reads words that are part of the program: a fault in them is a fault of
// the build, found by the first test that runs.
func mustWords(lang string) map[string]string {
	words := map[string]string{}
	raw, err := wordFiles.ReadFile("words/" + lang + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &words)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded words %s: %v", lang, err))
	}
	return words
}

// say finds the words for key; pairs of name and value fill them.
func say(lang, key string, pairs ...any) string {
	text := catalogues[lang][key]
	if len(pairs) == 0 {
		return text
	}
	fill := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		fill = append(fill, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(fill...).Replace(text)
}

var matcher = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})

// language is what the address asks for, or what the browser prefers.
func (p *Portal) language(c echo.Context) string {
	if asked := c.QueryParam("lang"); catalogues[asked] != nil {
		return asked
	}
	if accepted := c.Request().Header.Get("Accept-Language"); accepted != "" {
		if _, i := language.MatchStrings(matcher, accepted); i == 1 {
			return english
		}
	}
	return chinese
}

// Frame is what surrounds every page.
type Frame struct {
	Title      string // of the page; "" on the first
	Site       string
	Stylesheet string
	Lang       string // of the words
	Query      string // what the reader searched for
	Kinds      []column
	asked      bool   // the address names the language, and so do the addresses it leads to
	here       string // path and query of this page, "" if no other page may know it
}

// column is a kind.
type column struct {
	ID, Name string
}

func (p *Portal) frame(c echo.Context, title string) Frame {
	query := c.QueryParams()
	f := Frame{
		Title: title, Site: p.options.Site, Stylesheet: stylesheet(), Lang: p.language(c),
		asked: catalogues[query.Get("lang")] != nil, here: c.Request().URL.EscapedPath(),
	}
	rest := url.Values{}
	for _, name := range []string{"before", "q", "kind"} {
		if v := query.Get(name); v != "" {
			rest.Set(name, v)
		}
	}
	if len(rest) > 0 {
		f.here += "?" + rest.Encode()
	}
	f.Kinds = columns(f.Lang)
	return f
}

// Say finds the words for key.
func (f Frame) Say(key string, pairs ...any) string { return say(f.Lang, key, pairs...) }

// Tag is the language of the page.
func (f Frame) Tag() string { return tags[f.Lang] }

// To is the address path, in the language that the reader asked for.
func (f Frame) To(path string) string {
	if !f.asked {
		return path
	}
	return withLanguage(path, f.Lang)
}

// Other is this page in the other language.
func (f Frame) Other() string {
	if f.here == "" {
		return ""
	}
	if f.Lang == english {
		return withLanguage(f.here, chinese)
	}
	return withLanguage(f.here, english)
}

func withLanguage(path, lang string) string {
	path, anchor, _ := strings.Cut(path, "#")
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	path += sign + "lang=" + lang
	if anchor != "" {
		path += "#" + anchor
	}
	return path
}

// OtherTag is the language that Other is in.
func (f Frame) OtherTag() string {
	if f.Lang == english {
		return tags[chinese]
	}
	return tags[english]
}

// Asked says that the address names the language.
func (f Frame) Asked() bool { return f.asked }

package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"
)

//go:embed words assets pages
var files embed.FS

// Languages of the pages.
const (
	chinese = "zh"
	english = "en"
)

// catalogues hold every word of the pages, by language and key; read-only once the
// program runs.
var catalogues = map[string]map[string]string{chinese: mustWords(chinese), english: mustWords(english)}

// mustWords reads words that are part of the program: a fault in them is a fault of
// the build, found by the first test that runs.
func mustWords(lang string) map[string]string {
	raw, err := files.ReadFile("words/" + lang + ".json")
	words := map[string]string{}
	if err == nil {
		err = json.Unmarshal(raw, &words)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded words %s: %v", lang, err))
	}
	return words
}

// say finds the words for key in lang; pairs of name and value fill them.
func say(lang, key string, pairs ...any) string {
	text, ok := catalogues[lang][key]
	if !ok {
		text = catalogues[chinese][key]
	}
	if len(pairs) == 0 {
		return text
	}
	fill := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		fill = append(fill, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pointedTo(pairs[i+1])))
	}
	return strings.NewReplacer(fill...).Replace(text)
}

// pointedTo is a value, also one that may be missing and is not.
func pointedTo(v any) any {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && !p.IsNil() {
		return p.Elem().Interface()
	}
	return v
}

var matcher = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})

const languageCookie = "shenfa-lang"

// language is what the visitor chose, chose before, or what the browser prefers.
func (c *Console) language(e echo.Context) string {
	if chosen := e.QueryParam("lang"); catalogues[chosen] != nil {
		e.SetCookie(&http.Cookie{
			Name: languageCookie, Value: chosen, Path: base, Expires: c.options.Now().Add(365 * 24 * time.Hour),
			Secure: !c.options.Insecure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
		return chosen
	}
	if before, err := e.Cookie(languageCookie); err == nil && catalogues[before.Value] != nil {
		return before.Value
	}
	if _, i := language.MatchStrings(matcher, e.Request().Header.Get("Accept-Language")); i == 1 {
		return english
	}
	return chinese
}

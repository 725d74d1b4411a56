package api

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/disclosure"
)

const (
	headerKey      = "Idempotency-Key"
	headerReplayed = "Idempotency-Replayed"
	maxKey         = 200
	maxID          = 64
	maxName        = 255 // bytes, as file systems have it
	maxCursor      = 500
	defaultPage    = 50
	maxPage        = 100
)

// param is a path parameter as it was before the address was escaped.
func param(c echo.Context, name string) string {
	v := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return v
	}
	if plain, err := url.PathUnescape(v); err == nil {
		return plain
	}
	return v
}

// id reads the id of a thing. What cannot be one is not found, like any other that
// does not exist.
func id(c echo.Context, name string) (string, error) {
	v := param(c, name)
	outside := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}
	if v == "" || len(v) > maxID || strings.ContainsFunc(v, outside) {
		return "", disclosure.Refuse(disclosure.NotFound, "")
	}
	return v, nil
}

// fileName reads the name of a stored file from the address.
func fileName(c echo.Context) (string, error) {
	v := param(c, "name")
	if checkName(v) != nil {
		return "", disclosure.Refuse(disclosure.NotFound, "")
	}
	return v, nil
}

// checkName refuses what is no name of a file but a road to one.
func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return disclosure.Refuse(disclosure.Required, "name")
	case len(name) > maxName:
		return disclosure.Refuse(disclosure.TooLong, "name", "max", strconv.Itoa(maxName))
	case name == "." || name == ".." || strings.ContainsAny(name, `/\`+"\r\n\t"):
		return wrongType("name", "no / \\ .. ↵")
	}
	return plain("name", name)
}

// key reads the idempotency key of an act.
func key(c echo.Context) (string, error) {
	v := c.Request().Header.Values(headerKey)
	if len(v) == 0 || v[0] == "" {
		return "", disclosure.Refuse(disclosure.IdempotencyMissing, headerKey)
	}
	outside := func(r rune) bool { return r < 0x20 || r > 0x7e }
	if len(v) > 1 || len(v[0]) > maxKey || strings.ContainsFunc(v[0], outside) {
		return "", wrongType(headerKey, "1–200 ASCII")
	}
	return v[0], nil
}

// revision reads which draft the client means to change. Not naming one, or
// naming them all, is refused; a tag that we never gave cannot match.
func revision(c echo.Context) (int64, error) {
	v := strings.Join(c.Request().Header.Values("If-Match"), ",")
	if v = strings.TrimSpace(v); v == "" || v == "*" {
		return 0, disclosure.Refuse(disclosure.PreconditionMissing, "If-Match")
	}
	digits, opened := strings.CutPrefix(v, `"`)
	digits, closed := strings.CutSuffix(digits, `"`)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !opened || !closed || err != nil || n < 0 || strconv.FormatInt(n, 10) != digits {
		return 0, disclosure.Refuse(disclosure.PreconditionFailed, "If-Match")
	}
	return n, nil
}

// query reads the parameters after the question mark. The first fault is kept
// until err is asked for.
type query struct {
	values url.Values
	fault  error
}

// queryOf reads c's query, which may hold only these names, each once.
func queryOf(c echo.Context, names ...string) *query {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.fault = disclosure.Refuse(disclosure.BadRequest, "", "why", "query")
		return q
	}
	for _, name := range sortedKeys(values) {
		switch {
		case !slices.Contains(names, name):
			q.refuse(disclosure.Refuse(disclosure.UnknownField, shorten(name)))
		case len(values[name]) > 1:
			q.refuse(disclosure.Refuse(disclosure.BadRequest, name, "why", "“"+name+"” × "+strconv.Itoa(len(values[name]))))
		default:
			q.refuse(plain(name, values.Get(name)))
		}
	}
	return q
}

func sortedKeys(v url.Values) []string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (q *query) refuse(err error) {
	if q.fault == nil {
		q.fault = err
	}
}

func (q *query) text(name string, most int) string {
	v := q.values.Get(name)
	q.refuse(length(name, v, most))
	return v
}

// oneOf reads a word that must be allowed, or absent.
func (q *query) oneOf(name string, allowed ...string) string {
	v := q.values.Get(name)
	if v != "" && !slices.Contains(allowed, v) {
		q.refuse(badValue(name, v, allowed...))
	}
	return v
}

func (q *query) truth(name string) bool {
	switch v := q.values.Get(name); v {
	case "true":
		return true
	case "", "false":
	default:
		q.refuse(wrongType(name, "true / false"))
	}
	return false
}

func (q *query) number(name string, without, least, most int) int {
	v := q.values.Get(name)
	if v == "" {
		return without
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		q.refuse(wrongType(name, "123"))
	case n < least || n > most:
		q.refuse(badValue(name, v, strconv.Itoa(least)+"–"+strconv.Itoa(most)))
	}
	return n
}

func (q *query) instant(name string, without time.Time) time.Time {
	v := q.values.Get(name)
	if v == "" {
		return without
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		q.refuse(wrongType(name, likeInstant))
	}
	return t
}

func badValue(field, value string, allowed ...string) *disclosure.Refusal {
	return disclosure.Refuse(disclosure.BadValue, field, "value", shorten(value), "allowed", strings.Join(allowed, ", "))
}

// mediaType is the request's, without its parameters; empty if there is none or
// it cannot be read.
func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

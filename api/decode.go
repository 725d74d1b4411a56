package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shenfa/internal/disclosure"
)

const maxJSON = 1 << 20

// What a wrong_type says it should have been.
const (
	likeInstant = "2025-05-09T09:00:00+08:00"
	likeText    = "no U+0000–U+001F, U+202A–U+202E, U+2066–U+2069"
)

// decode reads the request's JSON into v, strictly: every fault names the path of
// the field it is in.
func decode(c echo.Context, v any) error {
	if t := mediaType(c.Request()); t != "application/json" {
		return disclosure.Refuse(disclosure.WrongType, "Content-Type", "why", "application/json")
	}
	raw, err := readAll(c)
	if err != nil {
		return err
	}
	return decodeJSON(raw, v)
}

// readAll reads the request, up to what its route may take. It may be called
// again: the request keeps what was read.
func readAll(c echo.Context) ([]byte, error) {
	limit, _ := c.Get(keyLimit).(int64)
	r := c.Request()
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	if tooMany := (*http.MaxBytesError)(nil); errors.As(err, &tooMany) {
		return nil, tooLarge(limit)
	}
	if err != nil {
		if r.Context().Err() != nil {
			return nil, err
		}
		return nil, disclosure.Refuse(disclosure.BadRequest, "", "why", "incomplete")
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	return raw, nil
}

func tooLarge(limit int64) *disclosure.Refusal {
	return disclosure.Refuse(disclosure.TooLarge, "body", "max", strconv.FormatInt(limit>>20, 10)+" MiB")
}

func decodeJSON(raw []byte, v any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return disclosure.Refuse(disclosure.EmptyBody, "body")
	}
	if !utf8.Valid(raw) {
		return disclosure.Refuse(disclosure.BadRequest, "", "why", "UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := walk(dec, reflect.TypeOf(v).Elem(), ""); err != nil {
		return malformed(dec, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformed(dec, errors.New("trailing text"))
	}
	return json.Unmarshal(raw, v)
}

// malformed turns what the JSON reader says into a refusal; one that walk made
// passes unchanged.
func malformed(dec *json.Decoder, err error) error {
	if disclosure.CodeOf(err) != "" {
		return err
	}
	return disclosure.Refuse(disclosure.BadRequest, "", "why", "JSON @ "+strconv.FormatInt(dec.InputOffset(), 10))
}

var (
	instant = reflect.TypeFor[time.Time]()
	texts   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// walk reads one value and holds it against t.
func walk(dec *json.Decoder, t reflect.Type, path string) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := dec.Token()
	if err != nil {
		return err
	}
	switch {
	case t == instant:
		s, ok := token.(string)
		if _, err := time.Parse(time.RFC3339, s); !ok || err != nil {
			return wrongType(path, likeInstant)
		}
		return nil
	case t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(texts): // a day
		s, ok := token.(string)
		day, _ := reflect.New(t).Interface().(encoding.TextUnmarshaler)
		if !ok || day.UnmarshalText([]byte(s)) != nil {
			return wrongType(path, "YYYY-MM-DD")
		}
		return nil
	case t.Kind() == reflect.String:
		s, ok := token.(string)
		if !ok {
			return wrongType(path, "string")
		}
		return plain(path, s)
	case t.Kind() == reflect.Bool:
		if _, ok := token.(bool); !ok {
			return wrongType(path, "true / false")
		}
		return nil
	case t.Kind() == reflect.Int:
		if n, ok := token.(float64); !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			return wrongType(path, "1, 2, 3 …")
		}
		return nil
	case t.Kind() == reflect.Slice:
		if token != json.Delim('[') {
			return wrongType(path, "[ ]")
		}
		for i := 0; dec.More(); i++ {
			if err := walk(dec, t.Elem(), path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		_, err := dec.Token()
		return err
	}
	if token != json.Delim('{') {
		return wrongType(path, "{ }")
	}
	return walkObject(dec, t, path)
}

func walkObject(dec *json.Decoder, t reflect.Type, path string) error {
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		at := name
		if path != "" {
			at = path + "." + name
		}
		field, ok := fieldNamed(t, name)
		switch {
		case !ok:
			return disclosure.Refuse(disclosure.UnknownField, shorten(at))
		case seen[name]:
			return disclosure.Refuse(disclosure.BadRequest, at, "why", "“"+at+"” × 2")
		}
		seen[name] = true
		if err := walk(dec, field, at); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// fieldNamed finds the field with exactly this JSON name; encoding/json alone
// would take any mixture of capitals.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for f := range t.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == name && name != "" && f.IsExported() {
			return f.Type, true
		}
	}
	return nil, false
}

func wrongType(path, want string) *disclosure.Refusal {
	if path == "" {
		path = "body"
	}
	return disclosure.Refuse(disclosure.WrongType, path, "why", want)
}

// plain refuses controls, and the bidirectional overrides that make text read as
// another.
func plain(path, s string) error {
	bad := func(r rune) bool {
		return r < 0x20 && r != '\n' && r != '\t' && r != '\r' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}
	if strings.ContainsFunc(s, bad) || !utf8.ValidString(s) {
		return wrongType(path, likeText)
	}
	return nil
}

// shorten keeps a name that a stranger chose from filling the answer.
func shorten(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// length checks the length of what was typed, in characters.
func length(field, s string, most int) error {
	if utf8.RuneCountInString(s) > most {
		return disclosure.Refuse(disclosure.TooLong, field, "max", strconv.Itoa(most))
	}
	return nil
}

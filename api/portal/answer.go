package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/disclosure"
)

const (
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	filePolicy = "sandbox; default-src 'none'"

	htmlType   = "text/html; charset=utf-8"
	maxAge     = time.Minute
	foundAge   = 10 * time.Second // of what is found by words, a moment after it became public
	maxAddress = 255              // bytes of a number or a file name in an address
)

// answer is a complete 200.
type answer struct {
	mediaType string
	policy    string        // Content-Security-Policy
	etag      string        // without quotes; "" for the sum of the bytes
	until     deadline      // the release that ends every copy
	age       time.Duration // the longest that a copy may live; 0 for maxAge
	forever   bool          // the address names these very bytes
	attach    string        // the name to save it under; "" to show it
	language  string        // of the words around the content; "" where they do not depend on the reader
	links     []string      // fields Link
	modified  time.Time     // when the bytes last changed; zero if that is not known
	approved  bool          // the bytes are those that were approved, and so as old as modified
	bytes     []byte
}

// send writes a, or less if the client has it already or asks for a part.
func (p *Portal) send(c echo.Context, a answer) error {
	if a.etag == "" {
		a.etag = sum(a.bytes)
	}
	h := c.Response().Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Content-Security-Policy", a.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", p.lifetime(a))
	h.Set("ETag", `"`+a.etag+`"`)
	if a.language != "" {
		spoken(h, a.language)
	}
	if a.attach != "" {
		h.Set("Content-Disposition", disposition(a.attach))
	}
	for _, l := range a.links {
		h.Add("Link", l)
	}
	// A date has seconds and knows nothing of what was taken away: where the bytes are
	// not the approved ones alone, only the tag says whether they are the same.
	modified := a.modified.Truncate(time.Second)
	if !a.approved {
		c.Request().Header.Del("If-Modified-Since")
		c.Request().Header.Del("If-Unmodified-Since")
		if !modified.IsZero() {
			h.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
		}
		modified = time.Time{}
	}
	http.ServeContent(c.Response(), c.Request(), "", modified, bytes.NewReader(a.bytes))
	return nil
}

// spoken says in which language a page is, and that the next reader may get another.
func spoken(h http.Header, lang string) {
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Language", tags[lang])
}

// lifetime says how long a may be kept. It is counted when a is sent, for reading
// takes time too.
func (p *Portal) lifetime(a answer) string {
	if a.forever {
		return "public, max-age=31536000, immutable"
	}
	age := a.age
	if age == 0 {
		age = maxAge
	}
	if left, planned := a.until.left(p.options.Now()); planned {
		age = min(age, left)
	}
	if age < time.Second {
		return "no-cache"
	}
	return "public, max-age=" + strconv.Itoa(int(age/time.Second))
}

// fail answers err. All that is not there reads the same, for whatever reason.
func (p *Portal) fail(c echo.Context, err error) {
	if c.Response().Committed {
		return
	}
	status := http.StatusInternalServerError
	var web *echo.HTTPError
	switch {
	case disclosure.CodeOf(err) != "":
		status = http.StatusNotFound
	case errors.As(err, &web):
		status = web.Code
	}
	if status >= http.StatusInternalServerError {
		p.options.Logger.LogAttrs(c.Request().Context(), slog.LevelError, "portal", slog.String("route", c.Path()), slog.Any("error", err))
	}
	if status == http.StatusNotFound && c.Param("number") != nobody && disclosure.CodeOf(err) != disclosure.PreviewClosed {
		p.missed(c)
	}
	lang := p.language(c)
	page, broken := render("problem.html", p.problem(lang, status))
	if broken != nil {
		p.options.Logger.LogAttrs(c.Request().Context(), slog.LevelError, "portal", slog.String("route", c.Path()), slog.Any("error", broken))
	}
	h := c.Response().Header()
	for _, name := range []string{"ETag", "Content-Disposition", "Accept-Ranges", "Content-Length", "Link", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	spoken(h, lang)
	if err := c.Blob(status, htmlType, page); err != nil {
		p.options.Logger.LogAttrs(c.Request().Context(), slog.LevelDebug, "portal: client gone", slog.String("route", c.Path()))
	}
}

// nothing is the answer for what is not there.
func nothing() error { return disclosure.Refuse(disclosure.NotFound, "") }

// address reads a part of the path. What could not name anything is not asked for.
func address(c echo.Context, name string) (string, error) {
	s := c.Param(name)
	if c.Request().URL.RawPath != "" { // echo then matches the path as it was sent
		plain, err := url.PathUnescape(s)
		if err != nil {
			return "", nothing()
		}
		s = plain
	}
	if s == "" || len(s) > maxAddress || !disclosure.PlainText(s) {
		return "", nothing()
	}
	return s, nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:16])
}

// disposition writes a name twice: for old programs in ASCII, for all others as it
// is (RFC 6266, RFC 8187).
func disposition(name string) string {
	var plain, full strings.Builder
	for _, r := range name {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\%/`, r) {
			r = '_'
		}
		plain.WriteRune(r)
	}
	for _, b := range []byte(name) {
		if b < 0x80 && (isAlphanumeric(b) || strings.IndexByte("!#$&+-.^_`|~", b) >= 0) {
			full.WriteByte(b)
		} else {
			fmt.Fprintf(&full, "%%%02X", b)
		}
	}
	return `attachment; filename="` + plain.String() + `"; filename*=UTF-8''` + full.String()
}

func isAlphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// mediaType is the one of the manifest, unless it is none.
func mediaType(stated string) string {
	if _, _, err := mime.ParseMediaType(stated); err != nil {
		return "application/octet-stream"
	}
	return stated
}

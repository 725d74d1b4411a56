package portal

import (
	"bytes"
	"context"
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
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	filePolicy = "sandbox; default-src 'none'"

	htmlType   = "text/html; charset=utf-8"
	maxAge     = time.Minute
	maxAddress = 255 // bytes of a number or a file name in an address
)

// answer is a complete 200.
type answer struct {
	mediaType string
	policy    string    // Content-Security-Policy
	etag      string    // without quotes; "" for the sum of the bytes
	next      time.Time // the release that ends every copy; zero if none is planned
	forever   bool      // the address names these very bytes
	attach    string    // the name to save it under; "" to show it
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
	if a.attach != "" {
		h.Set("Content-Disposition", disposition(a.attach))
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(a.bytes))
	return nil
}

// next is the release that ends every copy of what is read from now on. It must be
// asked before the content is read: asked later, a release in between would go
// unseen.
func (p *Portal) next(ctx context.Context) (time.Time, error) {
	next, err := p.desk.NextRelease(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("next release: %w", err)
	}
	return next, nil
}

// lifetime says how long a may be kept. It is counted when a is sent, for reading
// takes time too.
func (p *Portal) lifetime(a answer) string {
	if a.forever {
		return "public, max-age=31536000, immutable"
	}
	age := maxAge
	if !a.next.IsZero() {
		age = min(age, a.next.Sub(p.options.Now()))
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
	page, broken := render("problem.html", p.problem(status))
	if broken != nil {
		p.options.Logger.LogAttrs(c.Request().Context(), slog.LevelError, "portal", slog.String("route", c.Path()), slog.Any("error", broken))
	}
	h := c.Response().Header()
	for _, name := range []string{"ETag", "Content-Disposition", "Accept-Ranges", "Content-Length"} {
		h.Del(name)
	}
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
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

package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// guessCount is how many wrong secrets one client may show within a probeWindow: after that
// none of theirs is looked at until it is over. A reader whose link was closed shows a right one.
const guessCount = 30

// maxSecret bounds what is looked at.
const maxSecret = 64

// previewPage is a version that is not public, for one reader.
type previewPage struct {
	itemPage
	Reader  string
	At      moment // of this read
	Expires moment
	Planned moment
	Embargo bool
}

// preview shows a version to the named person who has the secret of its link. What it does not
// show answers like what never was; once it is public, the reader goes there.
func (p *Portal) preview(c echo.Context) error {
	secret, err := p.secret(c)
	if err != nil {
		return err
	}
	a, err := p.desk.Ahead(c.Request().Context(), secret)
	if err != nil {
		return p.wrong(c, err)
	}
	if a.Public {
		alone(c)
		return c.Redirect(http.StatusSeeOther, itemPath(a.Item.Number))
	}
	f := p.frame(c, titleOf(a.Item))
	f.here = ""
	page := previewPage{itemPage: p.itemPage(f, a.Item), Reader: a.Reader, At: p.moment(a.At), Embargo: a.Embargo}
	page.TopicHref = ""
	if a.Expires != nil {
		page.Expires = p.moment(*a.Expires)
	}
	if a.Release != nil {
		page.Planned = p.moment(*a.Release)
	}
	for i := range page.Attachments {
		page.Attachments[i].Href = desk.PreviewPath + url.PathEscape(secret) + "/files/" + strconv.Itoa(i+1)
	}
	raw, err := render("preview.html", page)
	if err != nil {
		return err
	}
	spoken(c.Response().Header(), f.Lang)
	return unkept(c, htmlType, pagePolicy, "", raw)
}

func (p *Portal) previewFile(c echo.Context) error {
	secret, err := p.secret(c)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || strconv.Itoa(n) != c.Param("n") {
		return nothing()
	}
	f, err := p.desk.AheadFile(c.Request().Context(), secret, n)
	if err != nil {
		return p.wrong(c, err)
	}
	return unkept(c, mediaType(f.Type), filePolicy, f.Name, f.Data)
}

// secret reads it from the address, unless this client has guessed too often.
func (p *Portal) secret(c echo.Context) (string, error) {
	secret := c.Param("secret")
	outside := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}
	if len(secret) > maxSecret || strings.ContainsFunc(secret, outside) || p.guessing.over(network(c.RealIP()), p.options.Now(), guessCount) {
		return "", nothing()
	}
	return secret, nil
}

// wrong counts a secret that is none.
func (p *Portal) wrong(c echo.Context, err error) error {
	if disclosure.CodeOf(err) == disclosure.NotFound {
		p.guessing.miss(network(c.RealIP()), p.options.Now(), guessCount)
	}
	return err
}

// alone keeps an answer out of every cache and index, and its address out of other sites.
func alone(c echo.Context) {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Referrer-Policy", "no-referrer")
}

// unkept sends what nobody may keep.
func unkept(c echo.Context, mediaType, policy, attach string, data []byte) error {
	alone(c)
	h := c.Response().Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if attach != "" {
		h.Set("Content-Disposition", disposition(attach))
	}
	return c.Blob(http.StatusOK, mediaType, data)
}

// over says whether a client has missed limit times already.
func (g *probing) over(client string, now time.Time, limit int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Sub(g.since) < probeWindow && !now.Before(g.since) && g.missing[client] >= limit
}

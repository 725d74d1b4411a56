package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everyone are the pages one may see without an account.
var everyone = map[string]bool{
	"GET /console/login": true, "HEAD /console/login": true, "POST /console/login": true, "GET /console/assets/:name": true, "HEAD /console/assets/:name": true,
}

// account are the routes for anyone who is signed in.
var account = map[string]bool{
	"POST /console/logout": true, "echo_route_not_found /console/*": true, "GET /console/me": true, "HEAD /console/me": true, "POST /console/me/password": true,
	"POST /console/me/codeapp": true, "POST /console/me/codeapp/bind": true, "POST /console/me/codeapp/unbind": true,
	"POST /console/tokens": true, "POST /console/tokens/:id/revoke": true,
	"GET /console/notices": true, "HEAD /console/notices": true, "POST /console/notices/dismiss": true, "POST /console/notices/:id/dismiss": true, "POST /console/notices/settings": true,
	"GET /console/design": true, "HEAD /console/design": true,
	"GET /console": true, "HEAD /console": true, "GET /console/": true, "HEAD /console/": true,
}

func TestEveryRouteSaysWhoMayCallIt(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	walked := 0
	for _, r := range b.echo.Routes() {
		line := r.Method + " " + r.Path
		if everyone[line] || account[line] {
			continue
		}
		walked++
		path := strings.NewReplacer(":id", "d1", ":finding", "f1", ":n", "1", ":item", "d1").Replace(r.Path)
		stranger := b.send("", httptest.NewRequest(r.Method, path, nil))
		if r.Method == http.MethodPost {
			require.Equal(t, http.StatusUnauthorized, stranger.Code, line)
		} else {
			require.Equal(t, http.StatusSeeOther, stranger.Code, line)
			require.Contains(t, stranger.Header().Get("Location"), "/console/login?next=", line)
		}
		b.desk.calls, b.desk.denials = nil, nil
		w := b.send("nobody", httptest.NewRequest(r.Method, path, nil))
		if r.Method == http.MethodPost { // with a form of ours, so that only the permission is missing
			b.desk.denials = nil
			w = b.post(t, "nobody", path, "reason", "x", "outcome", "disclose", "scope", "unit", "at", "2026-11-27T09:00")
		}
		require.Equal(t, http.StatusForbidden, w.Code, line)
		require.Len(t, b.desk.denials, 1, "%s: a denial is on record", line)
		require.Empty(t, b.desk.calls, "%s: nothing was asked of the desk", line)
	}
	require.Greater(t, walked, 25)
}

func TestAFormOfAnotherSiteOrAnotherSessionDoesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	form := func(token, site string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/console/items/d1/recall", strings.NewReader("reason=x&token="+token))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		return r
	}
	for name, r := range map[string]*http.Request{
		"no token": form("", ""), "made up": form("KEY1.00", ""), "of another session": form(b.console.sealed("leader"), ""),
		"sent by another site": form(b.console.sealed("officer"), "cross-site"),
	} {
		require.Equal(t, http.StatusForbidden, b.send("officer", r).Code, name)
	}
	require.Empty(t, b.desk.calls)
	require.Equal(t, http.StatusSeeOther, b.send("officer", form(b.console.sealed("officer"), "same-origin")).Code)
	require.Equal(t, []string{"Recall d1 KEY1 /console/items/d1/recall x"}, b.desk.calls)
}

func TestPagesAreNotKeptFramedOrScripted(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	h := b.get(t, "leader", "/console/items/d1").Header()
	require.Equal(t, pagePolicy, h.Get("Content-Security-Policy"))
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	require.Equal(t, "same-origin", h.Get("Referrer-Policy"))

	style := b.get(t, "", "/console/assets/"+stylesheetName)
	require.Equal(t, http.StatusOK, style.Code)
	require.Contains(t, style.Header().Get("Cache-Control"), "immutable")
	require.Equal(t, http.StatusNotFound, b.get(t, "", "/console/assets/shenfa.css").Code)
}

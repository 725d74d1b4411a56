package api

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var regexpTime = regexp.MustCompile(`"time":"[^"]*"`)

func TestADenialIsEnteredInTheLedger(t *testing.T) {
	t.Parallel()

	b := setup(t)
	w := b.do(t, call{method: "POST", path: "/api/v1/disclosures/d1/decisions", as: "drafter", body: `{}`}.good())
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Equal(t, []string{"p1 | POST /api/v1/disclosures/:id/decisions | d1 | forbidden"}, b.desk.denials)
	require.Empty(t, b.desk.calls)
}

func TestTheCookieIsTheTokenOfBrowsers(t *testing.T) {
	t.Parallel()

	for insecure, want := range map[bool]string{
		false: "__Host-shenfa=drafter; Path=/; Expires=Tue, 06 May 2025 13:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
		true:  "shenfa=drafter; Path=/; Expires=Tue, 06 May 2025 13:00:00 GMT; HttpOnly; SameSite=Lax",
	} {
		b := setup(t, func(o *Options) { o.Insecure = insecure })
		w := b.do(t, call{method: "POST", path: "/api/v1/session", body: `{"login":"drafter","password":"right"}`}.good())
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, want, w.Header().Get("Set-Cookie"))
		name, _, _ := strings.Cut(want, "=")

		cookie := map[string]string{"Cookie": name + "=drafter"}
		require.Equal(t, http.StatusOK, b.do(t, call{method: "GET", path: "/api/v1/me", header: cookie}).Code)
		w = b.do(t, call{method: "DELETE", path: "/api/v1/session", header: cookie})
		require.Equal(t, http.StatusNoContent, w.Code)
		require.Contains(t, w.Header().Get("Set-Cookie"), "Max-Age=0")
		require.Contains(t, b.desk.calls, "logout drafter")
	}
}

func TestAnotherSiteCannotUseTheCookie(t *testing.T) {
	t.Parallel()

	const path = "/api/v1/disclosures/d1/recall"
	for name, tt := range map[string]struct {
		header map[string]string
		want   int
	}{
		"SameOrigin":        {map[string]string{"Cookie": "__Host-shenfa=officer", "Sec-Fetch-Site": "same-origin"}, 200},
		"NotABrowser":       {map[string]string{"Cookie": "__Host-shenfa=officer"}, 200},
		"CrossSite":         {map[string]string{"Cookie": "__Host-shenfa=officer", "Sec-Fetch-Site": "cross-site"}, 403},
		"SiblingSite":       {map[string]string{"Cookie": "__Host-shenfa=officer", "Sec-Fetch-Site": "same-site"}, 403},
		"OldBrowserForeign": {map[string]string{"Cookie": "__Host-shenfa=officer", "Origin": "https://evil.example"}, 403},
		"TokenFromAnywhere": {map[string]string{"Authorization": "Bearer officer", "Origin": "https://portal.example"}, 200},
	} {
		b := setup(t)
		w := b.do(t, call{method: "POST", path: path, body: `{"reason":"x"}`, header: tt.header}.good())
		require.Equal(t, tt.want, w.Code, name)
		require.Equal(t, tt.want == 403, len(b.desk.denials) == 1, name)
	}
	b := setup(t)
	login := call{method: "POST", path: "/api/v1/session", body: `{"login":"drafter","password":"right"}`, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}
	require.Equal(t, http.StatusForbidden, b.do(t, login.good()).Code, "nor may it sign somebody in")
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, c := range []call{
		{method: "GET", path: "/api/v1/disclosures/d1", as: "drafter"},
		{method: "GET", path: "/api/v1/disclosures/d1"},
		{method: "GET", path: "/api/v1/nothing"},
		{method: "GET", path: "/healthz"},
		{method: "GET", path: "/api/v1/disclosures/d1/files/body", as: "drafter"},
	} {
		h := b.do(t, c).Header()
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), c.path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), c.path)
		require.Equal(t, "no-store", h.Get("Cache-Control"), c.path)
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", c.path)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", c.path)
		require.Equal(t, "TRACE1234567", h.Get("X-Trace"))
	}
	h := b.do(t, call{method: "GET", path: "/api/v1/disclosures/d1/files/body", as: "drafter"}).Header()
	require.Contains(t, h.Get("Content-Security-Policy"), "sandbox", "an uploaded page must not run as ours")
	require.Equal(t, "attachment; filename*=utf-8''%E9%99%84%E4%BB%B6%201.html", h.Get("Content-Disposition"))
	require.Regexp(t, "^sha-256=:.{44}:$", h.Get("Repr-Digest"))
}

func TestTheAccessLogKnowsThePatternOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.do(t, call{method: "GET", path: "/api/v1/disclosures/d1/files/plan-of-attack.docx?version=3", as: "drafter"})
	require.JSONEq(t, `{"time":"x","level":"INFO","msg":"request","method":"GET","route":"/api/v1/disclosures/:id/files/:name","status":200,"took":0,"trace":"TRACE1234567"}`,
		regexpTime.ReplaceAllString(b.log.String(), `"time":"x"`))
}

func TestAForwardedAddressIsNotBelieved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := httptest.NewRequest(http.MethodGet, "/api/v1/me", nil)
	r.RemoteAddr = "192.0.2.7:1234"
	r.Header.Set("X-Forwarded-For", "10.0.0.1")
	r.Header.Set("X-Real-Ip", "10.0.0.1")
	require.Equal(t, "192.0.2.7", b.echo.NewContext(r, httptest.NewRecorder()).RealIP())
}

func TestMetricsCountAndNameNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	w := b.do(t, call{method: "GET", path: "/metrics", as: "admin"})
	require.Equal(t, http.StatusOK, w.Code)
	for _, line := range []string{
		`shenfa_disclosures{state="armed"} 3`, `shenfa_disclosures{state="released"} 0`, `shenfa_overdue_disclosures 2`,
		`shenfa_overdue_seconds 90`, `shenfa_unsent_effects 1`, `shenfa_freezes 0`, `shenfa_ledger_waiting_seconds 1`,
	} {
		require.Contains(t, w.Body.String(), "\n"+line+"\n")
	}
	require.Equal(t, http.StatusUnauthorized, b.do(t, call{method: "GET", path: "/metrics"}).Code)
}

package api

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

// codes reads every Code constant from the ground floor's source, so that one
// added there without a status here is found.
func codes(t *testing.T) []disclosure.Code {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../internal/disclosure/refusal.go", nil, 0)
	require.NoError(t, err)
	var all []disclosure.Code
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			all = append(all, disclosure.Code(value))
		}
		return true
	})
	require.Greater(t, len(all), 40)
	return all
}

func TestEveryCodeHasAStatusAndTwoSentences(t *testing.T) {
	t.Parallel()

	for _, code := range codes(t) {
		require.Contains(t, status, code)
		require.Equal(t, status[code], Status(code))
		r := disclosure.Refuse(code, "")
		require.NotEqual(t, string(code), r.Sentence("zh-CN"), "%s has no Chinese sentence", code)
		require.NotEqual(t, r.Sentence("zh-CN"), r.Sentence("en"), "%s has no English sentence", code)
	}
	require.Equal(t, http.StatusInternalServerError, Status("no_such_code"))
}

func TestEveryRefusalOfTheDeskReachesTheClientWhole(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, code := range codes(t) {
		b.desk.fail = disclosure.Refuse(code, "release.at", "seconds", "30", "seen", "7F3K-92QD")
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/disclosures/d1", nil)
		r.Header.Set("Authorization", "Bearer drafter")
		b.echo.ServeHTTP(w, r)
		p := problemOf(t, w)
		require.Equal(t, status[code], w.Code, code)
		require.Equal(t, problem{
			Code: code, Message: b.desk.fail.(*disclosure.Refusal).Sentence("zh-CN"), Field: "release.at",
			Details: map[string]string{"seconds": "30", "seen": "7F3K-92QD"},
		}, p)
		require.Equal(t, code == disclosure.TooManyRequests, w.Header().Get("Retry-After") == "30")
	}
}

func TestWhatIsNotARefusalIsHidden(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name  string
		spoil func(*fake)
		want  int
		code  disclosure.Code
	}{
		{"Error", func(f *fake) { f.fail = errors.New("pq: relation secret_table does not exist") }, 500, disclosure.Internal},
		{"Panic", func(f *fake) { f.block = func(context.Context) error { panic("secret_table") } }, 500, disclosure.Internal},
		{"UnknownCode", func(f *fake) { f.fail = disclosure.Refuse("secret_table", "") }, 500, disclosure.Internal},
		{"Timeout", func(f *fake) {
			f.block = func(ctx context.Context) error { <-ctx.Done(); return errors.New("secret_table: canceled by user") }
		}, 503, disclosure.Unavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, func(o *Options) { o.Timeout = 50 * time.Millisecond })
			tt.spoil(b.desk)
			w := b.do(t, call{method: "GET", path: "/api/v1/disclosures/d1", as: "drafter", header: map[string]string{"Accept-Language": "en"}})
			require.Equal(t, tt.want, w.Code)
			p := problemOf(t, w)
			require.Equal(t, tt.code, p.Code)
			require.NotContains(t, w.Body.String(), "secret_table")
			require.Contains(t, b.log.String(), "secret_table")
			require.Contains(t, b.log.String(), "TRACE1234567")
			if tt.code == disclosure.Internal {
				require.Equal(t, "TRACE1234567", p.Details["trace"])
				require.Contains(t, p.Message, "TRACE1234567")
			}
		})
	}
}

func TestAClientThatLeftIsNotAFault(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ctx, leave := context.WithCancel(t.Context())
	b.desk.block = func(ctx context.Context) error { leave(); <-ctx.Done(); return ctx.Err() }
	r := httptest.NewRequest(http.MethodGet, "/api/v1/disclosures/d1", nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer drafter")
	w := httptest.NewRecorder()
	b.echo.ServeHTTP(w, r)
	require.Empty(t, w.Body.String())
	require.Contains(t, b.log.String(), `"status":499`)
	require.NotContains(t, b.log.String(), `"level":"ERROR"`)
}

func TestTheSentenceIsInTheLanguageThatIsPreferred(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for accept, want := range map[string]string{
		"": "zh-CN", "en": "en", "en-GB,en;q=0.9": "en", "zh-CN,zh;q=0.9,en;q=0.8": "zh-CN", "en;q=0.5, zh;q=0.9": "zh-CN",
		"fr-FR, en;q=0.4": "en", "zh-TW": "zh-CN", "ja": "zh-CN", ";;;": "zh-CN",
	} {
		w := b.do(t, call{method: "GET", path: "/api/v1/me", header: map[string]string{"Accept-Language": accept}})
		require.Equal(t, want, w.Header().Get("Content-Language"), accept)
		require.Equal(t, disclosure.Refuse(disclosure.Unauthenticated, "").Sentence(want), problemOf(t, w).Message)
		require.Equal(t, "Accept-Language", w.Header().Get("Vary"))
	}
}

func TestWhatIsNotThereAnswersLikeTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, tt := range []struct {
		method, path string
		want         int
		code         disclosure.Code
	}{
		{"GET", "/api/v1/nothing", 404, disclosure.NotFound},
		{"GET", "/api/v2/disclosures", 404, disclosure.NotFound},
		{"GET", "/api", 404, disclosure.NotFound},
		{"DELETE", "/api/v1/me", 405, disclosure.BadRequest},
		{"BREW", "/api/v1/disclosures", 405, disclosure.BadRequest},
		{"POST", "/healthz", 405, disclosure.BadRequest},
	} {
		w := b.do(t, call{method: tt.method, path: tt.path, as: "drafter"})
		require.Equal(t, tt.want, w.Code, tt.path)
		require.Equal(t, tt.code, problemOf(t, w).Code)
		require.Equal(t, tt.want == 405, w.Header().Get("Allow") != "")
	}
	w := b.do(t, call{method: "OPTIONS", path: "/api/v1/disclosures"})
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Contains(t, w.Header().Get("Allow"), "POST")
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))

	srv := httptest.NewServer(setup(t, realClock).echo)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, srv.URL+"/api/v1/disclosures/d1", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer drafter")
	answer, err := srv.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, `"7"`, answer.Header.Get("ETag"))
}

func TestAnExportThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()

	b := setup(t, realClock)
	b.desk.fail = errors.New("disk")
	w := b.do(t, call{method: "GET", path: "/api/v1/log/export", as: "auditor"})
	require.Equal(t, http.StatusInternalServerError, w.Code, "nothing was sent yet, so it can still be said")

	b.desk.exported = strings.Repeat("{}\n", 4096)
	srv := httptest.NewServer(b.echo)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/api/v1/log/export", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer auditor")
	answer, err := srv.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Contains(t, b.log.String(), "export broke off")
}

func TestHealthNamesThePartAndNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.desk.sick = map[string]error{"temporal": errors.New("dial 10.1.2.3")}
	w := b.do(t, call{method: "GET", path: "/healthz"})
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.JSONEq(t, `{"status":"failing","parts":{"database":"ok","temporal":"failing","workers":"ok","ledger":"ok","schema":"ok"}}`, w.Body.String())
	require.Contains(t, b.log.String(), "10.1.2.3")
	require.Equal(t, http.StatusServiceUnavailable, b.do(t, call{method: "GET", path: "/readyz"}).Code)

	b.desk.sick = map[string]error{"releases": errors.New("one is overdue")}
	require.Equal(t, http.StatusServiceUnavailable, b.do(t, call{method: "GET", path: "/healthz"}).Code)
	require.Equal(t, http.StatusOK, b.do(t, call{method: "GET", path: "/readyz"}).Code, "a late release does not make it unready")
}

package console

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

type bundle struct {
	desk    *fake
	console *Console
	echo    *echo.Echo
	log     *bytes.Buffer
}

func setup(t *testing.T, f *fake) bundle {
	t.Helper()
	if f.fail == nil {
		f.fail = map[string]error{}
	}
	b := bundle{desk: f, echo: echo.New(), log: &bytes.Buffer{}}
	b.console = New(f, Options{
		Logger: slog.New(slog.NewJSONHandler(b.log, nil)), Now: func() time.Time { return morning }, Random: func() string { return "KEY1" },
	})
	b.console.Register(b.echo)
	return b
}

func zeroDraft() disclosure.Draft { return disclosure.Draft{} }

func (b bundle) send(as string, r *http.Request) *httptest.ResponseRecorder {
	if as != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-shenfa", Value: as})
	}
	w := httptest.NewRecorder()
	b.echo.ServeHTTP(w, r)
	return w
}

func (b bundle) get(t *testing.T, as, path string) *httptest.ResponseRecorder {
	t.Helper()
	return b.send(as, httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form of this console; pairs are names and values.
func (b bundle) post(t *testing.T, as, path string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{"token": {b.console.sealed(as)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(as, r)
}

// upload sends a form with a file.
func (b bundle) upload(t *testing.T, as, path, field, name, content string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(t, form.WriteField("token", b.console.sealed(as)))
	for i := 0; i+1 < len(pairs); i += 2 {
		require.NoError(t, form.WriteField(pairs[i], pairs[i+1]))
	}
	f, err := form.CreateFormFile(field, name)
	require.NoError(t, err)
	_, err = io.WriteString(f, content)
	require.NoError(t, err)
	require.NoError(t, form.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.send(as, r)
}

package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// fieldsOf are the names and values of the one form of a page that posts to an address.
func fieldsOf(t *testing.T, page, action string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	out := url.Values{}
	for n := range root.Descendants() {
		if n.Data != "form" || attr(n, "action") != action {
			continue
		}
		for x := range n.Descendants() {
			if x.Data == "input" {
				out.Add(attr(x, "name"), attr(x, "value"))
			}
		}
	}
	require.NotEmpty(t, out, "%s has no form for %s", page, action)
	return out
}

func flat(form url.Values) (pairs []string) {
	for name, values := range form {
		for _, v := range values {
			if name != "token" {
				pairs = append(pairs, name, v)
			}
		}
	}
	return pairs
}

func TestALostSessionKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	const draft = "/console/items/d1/draft"
	w := b.post(t, "gone", draft, "revision", "7", "title", "<b>检查</b>通报", "channels", "portal", "channels", "wechat", "proof", "secret", "summary", "第一行\r\n第二行")
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.NotContains(t, w.Body.String(), "secret", "what proves who somebody is goes nowhere")
	require.Empty(t, b.desk.calls)

	login := fieldsOf(t, w.Body.String(), "/console/login")
	login.Set("login", "drafter")
	login.Set("password", "wrong")
	again := b.post(t, "", "/console/login", flat(login)...)
	require.Equal(t, http.StatusUnauthorized, again.Code)
	require.Equal(t, draft, fieldsOf(t, again.Body.String(), "/console/login").Get("action"), "a wrong password loses nothing")

	login.Set("password", "right")
	w = b.post(t, "", "/console/login", flat(login)...)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.NotContains(t, b.desk.calls, "Edit d1 7", "nothing is done before it is sent")
	form := fieldsOf(t, w.Body.String(), draft)
	require.Equal(t, []string{"portal", "wechat"}, form["channels"])
	require.Equal(t, "<b>检查</b>通报", form.Get("title"))
	require.Equal(t, "第一行\r\n第二行", strings.ReplaceAll(strings.ReplaceAll(form.Get("summary"), "\r\n", "\n"), "\n", "\r\n"))
	w = b.post(t, "drafter", draft, flat(form)...)
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	require.Contains(t, b.desk.calls, "Edit d1 7")

	file := b.upload(t, "gone", draft, "body", "通报.docx", "PK", "title", "通报")
	require.Contains(t, file.Body.String(), "选过的文件要重新选")

	elsewhere := flat(login)
	for i, name := range elsewhere {
		if name == "action" {
			elsewhere[i+1] = "https://example.com/steal"
		}
	}
	require.Equal(t, http.StatusSeeOther, b.post(t, "", "/console/login", elsewhere...).Code, "forms are given back to ourselves alone")
}

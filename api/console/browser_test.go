package console

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/testkit/chromium"
)

var shots = flag.String("shots", "", "write a picture of every page into this `folder`")

// accessible asks the rules of WCAG 2.2 A and AA, and two of our own.
const accessible = `(async () => {
	const r = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]});
	// What is marked within a text keeps the height of its line: WCAG 2.5.8, "inline".
	const inline = n => n.target.every(t => document.querySelector(t)?.closest(".sheet"));
	const found = r.violations.flatMap(v => v.nodes.filter(n => v.id != "target-size" || !inline(n)).map(n => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary));
	const root = document.documentElement;
	if (root.scrollWidth > root.clientWidth) {
		const right = n => { const r = document.createRange(); r.selectNodeContents(n); return r.getBoundingClientRect().right; };
		const wide = [...document.querySelectorAll("body *")].filter(e => right(e) > root.clientWidth + 1);
		found.push("scrolls sideways: " + root.scrollWidth + " of " + root.clientWidth + ": " + wide.slice(-3).map(e => e.tagName + "." + e.className).join(", "));
	}
	const levels = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(h => !h.closest("article, .sheet, .text")).map(h => +h.tagName[1]);
	levels.forEach((l, i) => { if (i > 0 && l > levels[i - 1] + 1) found.push("heading " + l + " after " + levels[i - 1]); });
	return found;
})()`

// TestPagesAreAccessible visits every page on a desk and on a phone, in the browser.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()

	rules, err := filepath.Glob("../../bin/axe-core-*.js")
	require.NoError(t, err)
	require.Len(t, rules, 1, "axe-core is missing: run make browser-deps")
	axe, err := os.ReadFile(rules[0])
	require.NoError(t, err)
	ctx := chromium.Start(t)
	for _, one := range visits {
		site := httptest.NewServer(visitor(t, one.as, one.change))
		t.Cleanup(site.Close)
		for _, width := range []int64{1280, 360} {
			var found []string
			var loaded bool
			run, cancel := context.WithTimeout(ctx, time.Minute)
			err := chromedp.Run(run,
				network.ClearBrowserCookies(), // a language that was chosen
				emulation.SetDeviceMetricsOverride(width, 800, 1, width < 500),
				chromedp.Navigate(site.URL+one.path),
				chromedp.Evaluate(string(axe)+`; true`, &loaded),
				chromedp.Evaluate(accessible, &found, chromedp.EvalAsValue, awaited))
			require.NoError(t, err, "%s at %d", one.name, width)
			if *shots != "" {
				var png []byte
				require.NoError(t, chromedp.Run(run, chromedp.FullScreenshot(&png, 100)))
				require.NoError(t, os.MkdirAll(*shots, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%d.png", one.name, width)), png, 0o600))
			}
			cancel()
			for _, f := range found {
				t.Errorf("%s at %d: %s", one.name, width, strings.ReplaceAll(f, "\n", " "))
			}
		}
	}
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// visitor is the console as one person meets it, who needs no cookie.
func visitor(t *testing.T, as string, change func(*fake)) http.Handler {
	b := setup(t, plain())
	if change != nil {
		change(b.desk)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if as != "" {
			r.AddCookie(&http.Cookie{Name: "__Host-shenfa", Value: as})
		}
		b.echo.ServeHTTP(w, r)
	})
}

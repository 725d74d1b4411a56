package console

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/testkit/chromium"
)

func TestBrowserTheWorkbenchIsWalkedByKeys(t *testing.T) {
	t.Parallel()

	site := httptest.NewServer(visitor(t, "leader", nil))
	t.Cleanup(site.Close)
	run, cancel := context.WithTimeout(chromium.Start(t), time.Minute)
	defer cancel()
	focused := `document.activeElement.id || document.activeElement.getAttribute("href")`
	var at [4]string
	var typed string
	require.NoError(t, chromedp.Run(run, chromedp.Navigate(site.URL+"/console"),
		chromedp.KeyEvent("j"), chromedp.Evaluate(focused, &at[0]),
		chromedp.KeyEvent("jj"), chromedp.Evaluate(focused, &at[1]),
		chromedp.KeyEvent("jk"), chromedp.Evaluate(focused, &at[2]),
		chromedp.KeyEvent("/"), chromedp.KeyEvent("jk"), chromedp.Evaluate(focused, &at[3]), chromedp.Value("#q", &typed)))
	require.Equal(t, [4]string{"/console/items/d2", "/console/items/d3", "/console/items/d1", "q"}, at)
	require.Contains(t, typed, "jk", "in a field, letters are letters")
}

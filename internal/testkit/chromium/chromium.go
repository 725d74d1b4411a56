// Package chromium starts the browser that tests look at pages with.
package chromium

import (
	"context"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Start returns a headless Chromium of its own, cookies included, until the test ends. One that
// crashes at its start, before it has seen a page, is started again.
func Start(t testing.TB) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("google-chrome")
	}
	require.NoError(t, err, "chromium is missing: run make browser-deps")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "zh-CN"), chromedp.Flag("accept-lang", "zh-CN"))
	for tries := 1; ; tries++ {
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		t.Cleanup(cancel)
		ctx, cancel := chromedp.NewContext(allocator)
		t.Cleanup(cancel)
		err := chromedp.Run(ctx)
		if err == nil {
			return ctx
		}
		require.Less(t, tries, 3, "start chromium: %v", err)
		t.Logf("start chromium: %v", err)
	}
}

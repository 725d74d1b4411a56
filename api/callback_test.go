package api

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// wechatCalls has WeChat's callbacks answered.
func wechatCalls(o *Options) {
	o.WeChat = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RawQuery+" "+string(body))
	})
}

func TestCallbacksOfWeChat(t *testing.T) {
	t.Parallel()

	const query = "signature=s&timestamp=1&nonce=n"

	t.Run("ReachTheReceiverAsTheyAre", func(t *testing.T) {
		t.Parallel()
		b := setup(t, wechatCalls)
		w := b.do(t, call{method: "POST", path: "/wechat/callback?" + query, body: "<xml/>", header: map[string]string{"Content-Type": "text/plain"}})
		require.Equal(t, "POST "+query+" <xml/>", w.Body.String())
		require.NotContains(t, b.log.String(), "nonce", "a signature is nothing for the log")
	})
	t.Run("AreNotThereWithoutAnAccount", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, method := range []string{"GET", "POST"} {
			require.Equal(t, http.StatusNotFound, b.do(t, call{method: method, path: "/wechat/callback?" + query, body: "<xml/>", header: map[string]string{"Content-Type": "text/plain"}}).Code)
		}
	})
}

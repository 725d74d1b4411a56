package channel_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
)

func TestAHubIsToldWhichFeedsChanged(t *testing.T) {
	t.Parallel()

	status := http.StatusNoContent
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got = r
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer server.Close()
	topics := []string{"https://www.example/feed.atom", "https://www.example/feed.json"}
	h, err := channel.NewHub(server.URL+"/hub", topics, server.Client())
	require.NoError(t, err)
	require.NoError(t, h.Publish(t.Context()))
	require.Equal(t, http.MethodPost, got.Method)
	require.Equal(t, "/hub", got.URL.Path)
	require.Equal(t, "application/x-www-form-urlencoded", got.Header.Get("Content-Type"))
	require.Equal(t, []string{"publish"}, got.PostForm["hub.mode"])
	require.Equal(t, topics, got.PostForm["hub.url"])
	for _, status = range []int{http.StatusFound, http.StatusBadRequest, http.StatusInternalServerError} {
		require.ErrorContains(t, h.Publish(t.Context()), "status")
		require.Equal(t, "/hub", got.URL.Path, "a redirect is not an answer")
	}
	for _, bad := range []string{"", "/hub", "ftp://hub.example", "https://", "https://hub.example/\"><x>"} {
		_, err := channel.NewHub(bad, topics, server.Client())
		require.Error(t, err, bad)
	}
}

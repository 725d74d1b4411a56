package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func TestAnActHappensOnceUnderItsKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	c := call{method: "POST", path: "/api/v1/disclosures", as: "drafter", body: `{"title":"a"}`}.good()
	first := b.do(t, c)
	again := b.do(t, c)

	require.Equal(t, []string{"create k1"}, b.desk.calls)
	require.Equal(t, first.Body.String(), again.Body.String())
	require.Equal(t, http.StatusCreated, again.Code)
	for _, h := range []string{"ETag", "Location", "Content-Type"} {
		require.Equal(t, first.Header().Get(h), again.Header().Get(h))
	}
	require.Equal(t, `"7"`, again.Header().Get("ETag"))
	require.Empty(t, first.Header().Get("Idempotency-Replayed"))
	require.Equal(t, "true", again.Header().Get("Idempotency-Replayed"))

	c.body = `{"title":"b"}`
	w := b.do(t, c)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Equal(t, disclosure.IdempotencyReused, problemOf(t, w).Code)
}

func TestARefusalIsRepeatedButATroubleIsTriedAgain(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		err  error
		kept bool
	}{
		{disclosure.Refuse(disclosure.WrongState, "", "state", "x"), true},
		{disclosure.Refuse(disclosure.ManifestChanged, "manifest_hash", "seen", "A", "current", "B"), true},
		{disclosure.Refuse(disclosure.Unavailable, ""), false},
		{disclosure.Refuse(disclosure.Busy, ""), false},
		{errors.New("disk"), false},
		{nil, false}, // a panic
	} {
		b := setup(t)
		b.desk.fail = tt.err
		if tt.err == nil {
			b.desk.block = func(context.Context) error { panic("nil map") }
		}
		c := call{method: "POST", path: "/api/v1/disclosures/d1/recall", as: "officer", body: `{"reason":"a"}`}.good()
		first := b.do(t, c)
		b.desk.fail, b.desk.block = nil, nil
		again := b.do(t, c)
		if tt.kept {
			require.Equal(t, first.Body.String(), again.Body.String())
			require.Len(t, b.desk.calls, 1)
		} else {
			require.Equal(t, http.StatusOK, again.Code)
			require.Len(t, b.desk.calls, 2)
		}
	}
}

func TestTheBoundaryOfAFormIsNotPartOfWhatIsAsked(t *testing.T) {
	t.Parallel()

	b := setup(t)
	send := func(boundary, name string) *httptest.ResponseRecorder {
		return b.do(t, call{
			method: "POST", path: "/api/v1/disclosures/d1/attachments", as: "drafter",
			body:   fmt.Sprintf("--%[1]s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%[2]s\"\r\n\r\nx\r\n--%[1]s--\r\n", boundary, name),
			header: map[string]string{"If-Match": `"7"`, "Content-Type": "multipart/form-data; boundary=" + boundary},
		}.good())
	}
	require.Equal(t, http.StatusCreated, send("one", "a.txt").Code)
	require.Equal(t, "true", send("another", "a.txt").Header().Get("Idempotency-Replayed"))
	require.Equal(t, disclosure.IdempotencyReused, problemOf(t, send("third", "b.txt")).Code)
	require.Len(t, b.desk.uploads, 1)
}

func TestOnlyAStandingFreezeThatIsAloneIsLiftedUnnamed(t *testing.T) {
	t.Parallel()

	standing := func(id string) desk.Freeze { return desk.Freeze{ID: id, Scope: "all", At: noon} }
	lifted := desk.Freeze{ID: "z0", Scope: "all", At: noon, LiftedAt: &noon}
	for _, tt := range []struct {
		freezes []desk.Freeze
		want    int
	}{
		{nil, 404},
		{[]desk.Freeze{lifted}, 404},
		{[]desk.Freeze{lifted, standing("z1")}, 204},
		{[]desk.Freeze{standing("z1"), standing("z2")}, 422},
	} {
		b := setup(t)
		b.desk.freezes = tt.freezes
		require.Equal(t, tt.want, b.do(t, call{method: "DELETE", path: "/api/v1/freeze", as: "officer"}).Code)
		require.Equal(t, tt.want == 204, len(b.desk.calls) == 2 && b.desk.calls[1] == "unfreeze z1")
	}
}

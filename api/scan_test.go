package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const formType = "multipart/form-data; boundary=b"

// form writes a form of name, value, name, value, ...; a file has its name for a
// value, and a line for content.
func form(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"")
		content := pairs[i+1]
		if pairs[i] == "file" {
			b.WriteString("; filename=\"" + pairs[i+1] + "\"")
			content = "content of " + pairs[i+1]
		}
		b.WriteString("\r\n\r\n" + content + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

func scanCall(body string) call {
	return call{method: "POST", path: "/api/v1/scan", as: "drafter", body: body, header: map[string]string{"Content-Type": formType}}
}

func TestAScanIsNoActAndIsNotKept(t *testing.T) {
	t.Parallel()

	b := setup(t)
	c := scanCall(form("file", "a.txt", "kind", "notice", "file", "名单.docx"))
	for range 2 {
		w := b.do(t, c)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		var r desk.ScanReport
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &r))
		require.Len(t, r.Files, 2)
		require.Equal(t, "名单.docx", r.Files[1].File)
		require.Equal(t, "138****5678", r.Files[0].Findings[0].Excerpt)
	}
	require.Equal(t, []string{`scan "notice" 2`, `scan "notice" 2`}, b.desk.calls, "a repetition is another scan")
	require.Equal(t, "content of a.txt", string(b.desk.uploads[0].Data))
	c.header["Idempotency-Key"] = "k1"
	require.Equal(t, http.StatusOK, b.do(t, c).Code)
	require.Empty(t, b.desk.keys, "no answer is saved, whatever the client sends")
	require.NotContains(t, b.log.String(), "名单", "a name is content")
}

func TestWhatAScanRefuses(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		call   call
		status int
		code   disclosure.Code
		field  string
	}{
		"NoForm":       {call{method: "POST", path: "/api/v1/scan", as: "drafter", body: "x", header: map[string]string{"Content-Type": "text/plain"}}, 400, disclosure.WrongType, "Content-Type"},
		"NoFile":       {scanCall(form("kind", "notice")), 422, disclosure.Required, "file"},
		"EmptyFile":    {scanCall("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\r\n--b--\r\n"), 400, disclosure.EmptyBody, "file"},
		"NoName":       {scanCall("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--\r\n"), 422, disclosure.Required, "name"},
		"RoadForName":  {scanCall(form("file", "../a.txt")), 400, disclosure.WrongType, "name"},
		"UnknownKind":  {scanCall(form("file", "a.txt", "kind", "novel")), 422, disclosure.BadValue, "kind"},
		"LongKind":     {scanCall(form("file", "a.txt", "kind", strings.Repeat("k", 5000))), 422, disclosure.BadValue, "kind"},
		"TwoKinds":     {scanCall(form("file", "a.txt", "kind", "notice", "kind", "notice")), 400, disclosure.BadRequest, "kind"},
		"UnknownField": {scanCall(form("file", "a.txt", "show", "true")), 400, disclosure.UnknownField, "show"},
		"Unmasked":     {call{method: "POST", path: "/api/v1/scan?show=true", as: "drafter", body: form("file", "a.txt"), header: map[string]string{"Content-Type": formType}}, 400, disclosure.UnknownField, "show"},
		"BrokenForm":   {scanCall("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx"), 400, disclosure.BadRequest, ""},
		"TooLarge":     {scanCall(form("file", "a.txt") + strings.Repeat("x", disclosure.MaxAttachment+formOverhead)), 413, disclosure.TooLarge, "body"},
		"TooMany":      {scanCall(form(strings.Split(strings.TrimSuffix(strings.Repeat("file,a,", disclosure.MaxAttachments+1), ","), ",")...)), 413, disclosure.TooLarge, "file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			w := b.do(t, tt.call)
			p := problemOf(t, w)
			require.Equal(t, tt.status, w.Code, p)
			require.Equal(t, tt.code, p.Code)
			require.Equal(t, tt.field, p.Field)
			require.Empty(t, b.desk.calls)
		})
	}
}

// TestScansAreBounded: two run, others wait a while, and beyond the room nobody is
// even read.
func TestScansAreBounded(t *testing.T) {
	t.Parallel()

	b := setup(t, func(o *Options) { o.ScanWait = 50 * time.Millisecond })
	running, release := make(chan struct{}, scanSeats), make(chan struct{})
	var once sync.Once
	free := func() { once.Do(func() { close(release) }) }
	t.Cleanup(free)
	b.server.desk = waiting{b.desk, running, release}
	codes := make(chan int, scanRoom+1)
	ask := func() { codes <- b.do(t, scanCall(form("file", "a.txt"))).Code }
	for range scanSeats {
		go ask()
		<-running
	}
	w := b.do(t, scanCall(form("file", "a.txt")))
	require.Equal(t, http.StatusServiceUnavailable, w.Code, "it waits no longer than it should")
	require.Equal(t, "5", w.Header().Get("Retry-After"))
	require.Equal(t, disclosure.Unavailable, problemOf(t, w).Code)

	for range scanRoom - scanSeats {
		b.server.scans.room <- struct{}{}
	}
	w = b.do(t, scanCall("no form at all"))
	require.Equal(t, http.StatusServiceUnavailable, w.Code, "it is not read")
	for range scanRoom - scanSeats {
		<-b.server.scans.room
	}

	free()
	for range scanSeats {
		require.Equal(t, http.StatusOK, <-codes)
	}
	require.Equal(t, http.StatusOK, b.do(t, scanCall(form("file", "a.txt"))).Code)
	require.Empty(t, b.server.scans.room)
	require.Empty(t, b.server.scans.seats)
}

// waiting is a desk whose scans run until they are released.
type waiting struct {
	*fake
	running chan<- struct{}
	release <-chan struct{}
}

func (w waiting) Scan(_ context.Context, _ desk.Actor, _ desk.ScanInput) (desk.ScanReport, error) {
	select {
	case w.running <- struct{}{}:
	default:
	}
	<-w.release
	return desk.ScanReport{Files: []desk.ScanFile{}, Status: "clean"}, nil
}

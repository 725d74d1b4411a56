package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC) // 12:00 in Shanghai

// fake is a desk in memory. As with the real one, an item is public from its
// instant on unless it was recalled.
type fake struct {
	now      time.Time
	items    []desk.PublicItem // newest first
	files    map[string][]byte // "number/name"
	recalled map[string]bool
	fault    error
	onRead   func() // runs when content is read
}

func (f *fake) public(i desk.PublicItem) bool {
	return !i.ReleasedAt.After(f.now) && !f.recalled[i.Number]
}

func (f *fake) read() {
	if f.onRead != nil {
		f.onRead()
	}
}

func (f *fake) PublicList(_ context.Context, before string, limit int) ([]desk.PublicItem, string, error) {
	f.read()
	start := 0
	if before != "" {
		n, err := strconv.Atoi(before)
		if err != nil {
			return nil, "", disclosure.Refuse(disclosure.WrongType, "cursor")
		}
		start = n
	}
	var all []desk.PublicItem
	for _, i := range f.items {
		if f.public(i) {
			i.HTML = nil
			all = append(all, i)
		}
	}
	all = all[min(start, len(all)):]
	if len(all) > limit {
		return all[:limit], strconv.Itoa(start + limit), f.fault
	}
	return all, "", f.fault
}

func (f *fake) PublicItem(_ context.Context, number string) (desk.PublicItem, error) {
	f.read()
	if strings.ContainsRune(number, 0) {
		return desk.PublicItem{}, errors.New("invalid byte sequence")
	}
	for _, i := range f.items {
		if i.Number == number && f.public(i) {
			return i, f.fault
		}
	}
	return desk.PublicItem{}, errors.Join(nothing(), f.fault)
}

func (f *fake) PublicFile(ctx context.Context, number, name string) (desk.FileData, error) {
	i, err := f.PublicItem(ctx, number)
	if err != nil {
		return desk.FileData{}, err
	}
	n := slices.IndexFunc(i.Attachments, func(a disclosure.Named) bool { return a.Name == name })
	if n < 0 {
		return desk.FileData{}, nothing()
	}
	return desk.FileData{Name: name, Content: i.Attachments[n].Content, Data: f.files[number+"/"+name]}, nil
}

func (f *fake) NextRelease(context.Context) (time.Time, error) {
	var next time.Time
	for _, i := range f.items {
		if i.ReleasedAt.After(f.now) && (next.IsZero() || i.ReleasedAt.Before(next)) {
			next = i.ReleasedAt
		}
	}
	return next, f.fault
}

// add makes an item public at an instant.
func (f *fake) add(t *testing.T, number string, at time.Time, change func(*desk.PublicItem)) {
	t.Helper()
	files := map[string][]byte{"重点任务表.pdf": []byte("%PDF-1.7 示例"), "自查 50%表.docx": []byte(strings.Repeat("x", 42<<10))}
	i := desk.PublicItem{
		Number: number, Unit: "云川市栖岭区应急管理局", ReleasedAt: at,
		HTML: []byte("<p>各街镇：</p>\n<h2>一、开展排查</h2>\n<table><tr><th>事项</th><td>消防</td></tr></table>"),
		Manifest: disclosure.Manifest{
			Number: number, Version: 1, Attribute: disclosure.Proactive,
			Metadata: disclosure.Metadata{
				Title: "关于做好今冬明春安全防范工作的通知（" + number + "）", Kind: "notice", DocumentNumber: "栖应急〔2026〕36号",
				IndexNumber: "00008812-6/2026-00000131", FormedOn: "2026-11-17", Topic: "应急管理 / 安全生产",
				Keywords: []string{"冬季", "安全"}, Summary: "今冬明春安全防范的安排。",
			},
		},
	}
	for _, a := range []struct{ name, mediaType string }{
		{"重点任务表.pdf", "application/pdf"},
		{"自查 50%表.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	} {
		i.Attachments = append(i.Attachments, disclosure.Named{Name: a.name, Content: disclosure.Sum(a.mediaType, files[a.name])})
		f.files[number+"/"+a.name] = files[a.name]
	}
	if change != nil {
		change(&i)
	}
	i.Manifest.Attachments = i.Attachments
	hash, err := i.Manifest.Hash()
	require.NoError(t, err)
	i.Hash = hash
	f.items = append(f.items, i)
}

type bundle struct {
	*fake
	t    *testing.T
	echo *echo.Echo
}

// setup is a portal with one public item, one that becomes public in a minute and
// a half, and one that was recalled.
func setup(t *testing.T) *bundle {
	t.Helper()
	f := &fake{now: noon, files: map[string][]byte{}, recalled: map[string]bool{"SF-2026-000009": true}}
	f.add(t, "SF-2026-000002", noon.Add(90*time.Second), func(i *desk.PublicItem) { i.Manifest.Metadata.Title = "尚未公开" })
	f.add(t, "SF-2026-000001", noon.Add(-3*time.Hour), nil)
	f.add(t, "SF-2026-000009", noon.Add(-4*time.Hour), func(i *desk.PublicItem) { i.Manifest.Metadata.Title = "已经召回" })
	e := echo.New()
	New(f, Options{Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return f.now }}).Register(e)
	return &bundle{f, t, e}
}

// get asks as a client would; headers are pairs of name and value.
func (b *bundle) get(target string, headers ...string) *httptest.ResponseRecorder {
	return b.do(http.MethodGet, target, headers...)
}

func (b *bundle) do(method, target string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	b.echo.ServeHTTP(rec, req)
	require.Empty(b.t, rec.Header().Values("Set-Cookie"))
	return rec
}

// ok asks for what must be there.
func (b *bundle) ok(target string) *httptest.ResponseRecorder {
	b.t.Helper()
	rec := b.get(target)
	require.Equal(b.t, http.StatusOK, rec.Code, "%s: %s", target, rec.Body)
	return rec
}

// fill adds n old public items.
func (b *bundle) fill(n int) {
	b.t.Helper()
	for k := range n {
		b.add(b.t, fmt.Sprintf("SF-2025-%06d", n-k), noon.AddDate(0, 0, -k-1), nil)
	}
}

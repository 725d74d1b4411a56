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
	notices  map[string]desk.Withdrawal // of what was recalled, where one stays
	fault    error
	onRead   func() // runs when content is read
	ended    []desk.PublicAddress
	ahead    time.Duration // of our clock, by which the ruling one is
	asked    int           // for the next release
	tried    int           // secrets
}

// mapSize is how many addresses the fake has in one part.
const mapSize = 200

func (f *fake) public(i desk.PublicItem) bool {
	return !i.ReleasedAt.After(f.now) && !f.recalled[i.Number]
}

func (f *fake) read() {
	if f.onRead != nil {
		f.onRead()
	}
}

func (f *fake) PublicNotice(_ context.Context, number string) (*desk.Withdrawal, error) {
	if w, ok := f.notices[number]; ok && f.recalled[number] {
		return &w, nil
	}
	return nil, nil
}

func (f *fake) PublicList(_ context.Context, q desk.PublicQuery) ([]desk.PublicItem, string, error) {
	f.read()
	start := 0
	if q.Before != "" {
		n, err := strconv.Atoi(q.Before)
		if err != nil {
			return nil, "", disclosure.Refuse(disclosure.WrongType, "cursor")
		}
		start = n
	}
	var all []desk.PublicItem
	for _, i := range f.items {
		m := i.Manifest.Metadata
		if f.public(i) && (q.Kind == "" || q.Kind == m.Kind) && (q.Topic == "" || q.Topic == m.Topic) && strings.Contains(m.Title+m.DocumentNumber, q.Words) {
			i.HTML, i.Earlier = nil, nil
			all = append(all, i)
		}
	}
	all = all[min(start, len(all)):]
	if len(all) > q.Limit {
		return all[:q.Limit], strconv.Itoa(start + q.Limit), f.fault
	}
	return all, "", f.fault
}

func (f *fake) PublicTopics(context.Context) ([]string, error) {
	f.read()
	var topics []string
	for _, i := range f.items {
		if t := i.Manifest.Metadata.Topic; f.public(i) && !slices.Contains(topics, t) {
			topics = append(topics, t)
		}
	}
	return topics, f.fault
}

func (f *fake) PublicAddresses(_ context.Context, part int) ([]desk.PublicAddress, error) {
	f.read()
	var all []desk.PublicAddress
	for _, i := range f.items {
		if f.public(i) {
			all = append(all, desk.PublicAddress{Number: i.Number, At: i.ReleasedAt})
		}
	}
	return all[min(len(all), part*mapSize):min(len(all), (part+1)*mapSize)], f.fault
}

func (f *fake) PublicParts(ctx context.Context) ([]time.Time, error) {
	var parts []time.Time
	for {
		list, err := f.PublicAddresses(ctx, len(parts))
		if err != nil || len(list) == 0 {
			return parts, err
		}
		parts = append(parts, list[0].At)
	}
}

func (f *fake) PublicEnded(context.Context) ([]desk.PublicAddress, error) { return f.ended, f.fault }

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

func (f *fake) PublicEarlier(ctx context.Context, number string, edition int) (desk.PublicItem, error) {
	i, err := f.PublicItem(ctx, number)
	if err != nil {
		return i, err
	}
	n := slices.IndexFunc(i.Earlier, func(e desk.PublicEdition) bool { return max(1, e.Edition) == edition && e.Readable })
	if n < 0 {
		return desk.PublicItem{}, nothing()
	}
	i.Manifest.Edition, i.HTML = edition, []byte("<p>旧文</p>")
	return i, nil
}

func (f *fake) PublicFile(ctx context.Context, number, name string) (desk.FileData, time.Time, error) {
	i, err := f.PublicItem(ctx, number)
	if err != nil {
		return desk.FileData{}, time.Time{}, err
	}
	n := slices.IndexFunc(i.Attachments, func(a disclosure.Named) bool { return a.Name == name })
	if n < 0 {
		return desk.FileData{}, time.Time{}, nothing()
	}
	return desk.FileData{Name: name, Content: i.Attachments[n].Content, Data: f.files[number+"/"+name]}, i.ReleasedAt, nil
}

func (f *fake) NextRelease(context.Context) (next, now time.Time, err error) {
	f.asked++
	for _, i := range f.items {
		if i.ReleasedAt.After(f.now) && (next.IsZero() || i.ReleasedAt.Before(next)) {
			next = i.ReleasedAt
		}
	}
	return next, f.now.Add(f.ahead), f.fault
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

// corrected is the address of an item in its second edition.
const corrected = "/items/SF-2026-000003"

func (f *fake) corrected(t *testing.T) {
	t.Helper()
	f.add(t, "SF-2026-000003", noon.Add(-time.Hour), func(i *desk.PublicItem) {
		i.Manifest.Edition, i.Manifest.Correction, i.Manifest.CorrectionType = 2, "第二条的日期改为十二月一日。", disclosure.SubstantiveCorrection
		i.FirstAt = noon.Add(-48 * time.Hour)
		i.Earlier = []desk.PublicEdition{{Edition: 1, ReleasedAt: i.FirstAt, Hash: "00", Readable: true}}
	})
}

type bundle struct {
	*fake
	t      *testing.T
	echo   *echo.Echo
	portal *Portal
}

// setup is a portal with one public item, one that becomes public in a minute and
// a half, and one that was recalled.
func setup(t *testing.T, options ...func(*Options)) *bundle {
	t.Helper()
	f := &fake{now: noon, files: map[string][]byte{}, recalled: map[string]bool{"SF-2026-000009": true}}
	f.add(t, "SF-2026-000002", noon.Add(90*time.Second), func(i *desk.PublicItem) { i.Manifest.Metadata.Title = "尚未公开" })
	f.add(t, "SF-2026-000001", noon.Add(-3*time.Hour), nil)
	f.add(t, "SF-2026-000009", noon.Add(-4*time.Hour), func(i *desk.PublicItem) { i.Manifest.Metadata.Title = "已经召回" })
	e := echo.New()
	o := Options{Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return f.now }}
	for _, change := range options {
		change(&o)
	}
	p := New(f, o)
	p.Register(e)
	return &bundle{f, t, e, p}
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

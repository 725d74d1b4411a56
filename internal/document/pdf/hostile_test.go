package pdf

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // as PDF encrypts
	"crypto/rc4" //nolint:gosec // as PDF encrypts
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// encrypt seals a file of one page by the standard handler, revision 2
// (ISO 32000-1, 7.6.3).
func encrypt(password, content string) []byte {
	pad := []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")
	sealed := func(key, data []byte) []byte {
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic(err)
		}
		out := make([]byte, len(data))
		c.XORKeyStream(out, data)
		return out
	}
	user := append([]byte(password), pad...)[:32]
	ownerKey := md5.Sum(append([]byte("owner"), pad...)[:32]) //nolint:gosec // as above
	owner := sealed(ownerKey[:5], user)
	id := []byte("0123456789abcdef")
	sum := md5.Sum(bytes.Join([][]byte{user, owner, {0xFC, 0xFF, 0xFF, 0xFF}, id}, nil)) //nolint:gosec // as above
	key := sum[:5]
	object := func(n int) []byte {
		k := md5.Sum(append(bytes.Clone(key), byte(n), byte(n>>8), 0, 0, 0)) //nolint:gosec // as above
		return k[:10]
	}
	f := newFile()
	body := f.stream("", sealed(object(f.next), []byte(content)))
	f.pages = append(f.pages, f.add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F2 4 0 R>>>>>>", body)))
	f.trailer = fmt.Sprintf("/ID[<%X><%X>]/Info %d 0 R/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%X>/U<%X>>>", id, id, f.next, owner, sealed(key, pad))
	f.add(fmt.Sprintf("<</Author<%X>>>", sealed(object(f.next), []byte("Zhang"))))
	// The fonts' strings are names of Adobe's; sealed like all others.
	for n := 4; n <= 5; n++ {
		for _, s := range []string{"Adobe", "GB1"} {
			f.objects[n] = strings.Replace(f.objects[n], "("+s+")", fmt.Sprintf("<%X>", sealed(object(n), []byte(s))), 1)
		}
	}
	return f.bytes()
}

func TestEncryptedForAllToReadIsRead(t *testing.T) {
	t.Parallel()
	require.Equal(t, "+ page 1: 正文\n- document information: Author: Zhang", describe(open(t, encrypt("", say(72, 700, "正文")))))
}

// whole is a file of one page with what build adds.
func whole(build func(f *file)) []byte {
	f := newFile()
	build(f)
	if len(f.pages) == 0 {
		f.page(say(72, 700, "正文"))
	}
	return f.bytes()
}

var small = Limits{Pages: 20, Files: 100, Objects: 50_000, Unpacked: 8 << 20, Time: 5 * time.Second}

// hostility is a file that means no good.
type hostility struct {
	data []byte
	want string // reasons the error may have, or a line of the description
}

func hostilities() map[string]hostility {
	ordinary := whole(func(*file) {})
	return map[string]hostility{
		"password":           {encrypt("secret", say(72, 700, "正文")), "encrypted"},
		"cut in half":        {ordinary[:len(ordinary)/2], "truncated"},
		"no pdf":             {[]byte("plain text"), "damaged"},
		"nothing in it":      {[]byte("%PDF-1.7\nnothing\n%%EOF"), "damaged"},
		"its table is wrong": {bytes.Replace(ordinary, []byte("startxref\n"), []byte("startxref\n9"), 1), "!damaged list of objects: the file had to be repaired"},
		"a million pages": {whole(func(f *file) {
			f.page("")
			f.objects[2] = "<</Type/Pages/Count 1000000/Kids[" + strings.Repeat("7 0 R ", 1_000_000) + "]>>"
		}), "!too_large pages 21 to 1000000: pages"},
		"a million promised":   {whole(func(f *file) { f.page(""); f.objects[2] = "<</Type/Pages/Count 1000000/Kids[7 0 R]>>" }), "!too_large pages 21 to 1000000: pages"},
		"a tree in itself":     {whole(func(f *file) { f.page(""); f.objects[2] = "<</Type/Pages/Count 2/Parent 2 0 R/Kids[2 0 R 2 0 R]>>" }), "!damaged"},
		"10,000 attachments":   {whole(func(f *file) { attach(f, 10_000) }), "!too_many_parts further files and images: 9900 files or images"},
		"an attachment bomb":   {whole(func(f *file) { bomb(f) }), "!too_large attachment a: a"},
		"a huge picture":       {whole(func(f *file) { huge(f) }), "!too_large image on page 1: 65000 × 65000"},
		"a form in itself":     {whole(func(f *file) { forms(f, 1, "/X Do", true) }), "+ page 1: 正文"},
		"forms without end":    {whole(func(f *file) { forms(f, 1, "/X Do /X Do", true) }), "too_large too_slow"},
		"forms without number": {whole(func(f *file) { forms(f, 40, "/X Do /X Do", false) }), "too_large too_slow"},
		"half a page":          {whole(half), "!damaged content of a page: object 6"},
		"deep lists":           {whole(func(f *file) { f.add(strings.Repeat("[", 100_000)) }), "!damaged objects: some objects of the file"},
		"strings without end":  {whole(func(f *file) { f.add(strings.Repeat("9 0 obj ( ", 20_000)) }), "!too_large objects: not all objects of the file"},
		"too many objects": {whole(func(f *file) {
			for range 60_000 {
				f.add("null")
			}
		}), "!too_large objects: not all objects of the file"},
		"a length that lies": {whole(func(f *file) { lying(f, "99999999") }), "+ page 1: 说谎的长度"},
		"a negative length":  {whole(func(f *file) { lying(f, "-1") }), "+ page 1: 说谎的长度"},
	}
}

func TestHostileFilesAreNeverClean(t *testing.T) {
	t.Parallel()
	for name, c := range hostilities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			d, err := reader.Open(context.Background(), c.data, small)
			require.Less(t, time.Since(start), small.Time+5*time.Second)
			if bad := (*Unreadable)(nil); errors.As(err, &bad) {
				require.Contains(t, append(strings.Fields(c.want), "too_slow"), bad.Reason) // a slow machine says so, and not that it is clean
				return
			}
			require.NoError(t, err)
			require.Contains(t, describe(d), c.want)
		})
	}
}

func TestHostileFilesAreRefusedOrMadeClean(t *testing.T) {
	t.Parallel()
	for name, c := range hostilities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			out, _, err := reader.Clean(context.Background(), c.data, small)
			require.Less(t, time.Since(start), small.Time+5*time.Second)
			if err != nil {
				require.ErrorIs(t, err, ErrUnreadable)
				return
			}
			requireClean(t, out, small)
		})
	}
}

// requireClean says that nothing of a file is hidden or unread.
func requireClean(t testing.TB, data []byte, limits Limits) {
	t.Helper()
	d, err := reader.Open(context.Background(), data, limits)
	require.NoError(t, err)
	require.Empty(t, d.Files)
	for _, p := range d.Parts {
		require.False(t, p.Hidden, p)
	}
}

func attach(f *file, n int) {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "(%d)<</Type/Filespec/F(%d.txt)/EF<</F %d 0 R>>>>", i, i, f.stream("", []byte("x")))
	}
	f.catalog = "/Names<</EmbeddedFiles<</Names[" + all.String() + "]>>>>"
}

func bomb(f *file) {
	n := f.stream("/Filter/FlateDecode", deflate(make([]byte, 64<<20)))
	f.catalog = fmt.Sprintf("/Names<</EmbeddedFiles<</Names[(a)<</F(a)/EF<</F %d 0 R>>>>]>>>>", n)
}

func huge(f *file) {
	n := f.stream("/Type/XObject/Subtype/Image/Width 65000/Height 65000/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("x"))
	f.resources = fmt.Sprintf("/XObject<</I %d 0 R>>", n)
	f.page(say(72, 700, "正文") + "q 10 0 0 10 0 0 cm /I Do Q")
}

// forms draws a form that draws the next one, and so on; or itself.
func forms(f *file, depth int, content string, self bool) {
	first := f.next
	for i := range depth {
		next := first + i + 1
		if self {
			next = first
		}
		f.stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>", next), []byte(content))
	}
	if !self {
		f.stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", []byte("0 0 1 1 re f"))
	}
	f.resources = fmt.Sprintf("/XObject<</X %d 0 R>>", first)
	f.page(say(72, 700, "正文") + "/X Do")
}

// half has a page whose content breaks off.
func half(f *file) {
	b := deflate([]byte(strings.Repeat(say(72, 700, "正文"), 50)))
	n := f.stream("/Filter/FlateDecode", b[:len(b)/2])
	f.pages = append(f.pages, f.add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F2 4 0 R>>>>>>", n)))
}

func lying(f *file, length string) {
	content := say(72, 700, "说谎的长度")
	n := f.add("<</Length " + length + ">>stream\n" + content + "\nendstream")
	f.pages = append(f.pages, f.add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F2 4 0 R>>>>>>", n)))
}

func TestCancelledIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := reader.Open(ctx, whole(func(*file) {}), DefaultLimits())
	require.ErrorIs(t, err, context.Canceled)
}

func TestARunawayPageIsStopped(t *testing.T) {
	t.Parallel()
	data := whole(func(f *file) { f.page(strings.Repeat("q Q\n", 16<<20)) })
	limits := DefaultLimits()
	limits.Time = time.Second
	start := time.Now()
	_, err := reader.Open(context.Background(), data, limits)
	var bad *Unreadable
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "too_slow", bad.Reason)
	require.Less(t, time.Since(start), limits.Time+time.Second)
}

func FuzzOpen(f *testing.F) {
	for _, build := range []func(*file){
		func(*file) {},
		func(x *file) { attach(x, 2) },
		func(x *file) { forms(x, 3, "/X Do /X Do", false) },
		func(x *file) { lying(x, "7") },
		func(x *file) {
			x.page(say(72, 700, "一"))
			x.save()
			x.objects[6] = "<</Length 0>>stream\n\nendstream"
			x.save()
		},
	} {
		f.Add(whole(build))
	}
	f.Add(encrypt("", say(72, 700, "正文")))
	limits := Limits{Pages: 20, Files: 20, Objects: 5000, Unpacked: 4 << 20, Time: 3 * time.Second}
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		d, err := reader.Open(context.Background(), data, limits)
		if took := time.Since(start); took > limits.Time+3*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil && !errors.Is(err, ErrUnreadable) {
			t.Fatal(err)
		}
		if err == nil && len(d.Parts)+len(d.Images)+len(d.Files) == 0 && len(d.Pages) == 0 {
			t.Fatal("nothing and no reason")
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, c := range fixtures() {
		f.Add(whole(c.build), "正文")
	}
	limits := Limits{Pages: 20, Files: 20, Objects: 5000, Unpacked: 4 << 20, Time: 5 * time.Second}
	f.Fuzz(func(t *testing.T, data []byte, excerpt string) {
		out, _, err := reader.Mask(context.Background(), data, []Mask{{Excerpt: excerpt}}, limits)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		requireClean(t, out, DefaultLimits())
	})
}

// pages200 is a text of 200 pages.
func pages200() []byte {
	f := newFile()
	for p := range 200 {
		var content strings.Builder
		for l := range 28 {
			content.WriteString(say(72, 780-25*l, fmt.Sprintf("第%d页第%d行关于进一步做好政府信息公开工作有关事项的通知", p, l)))
		}
		f.page(content.String())
	}
	return f.bytes()
}

func BenchmarkOpen200Pages(b *testing.B) {
	data := pages200()
	b.SetBytes(int64(len(data)))
	b.ResetTimer()
	for b.Loop() {
		if d := open(b, data); len(d.Pages) != 200 {
			b.Fatal(len(d.Pages))
		}
	}
}

func BenchmarkClean200Pages(b *testing.B) {
	data := pages200()
	b.SetBytes(int64(len(data)))
	b.ResetTimer()
	for b.Loop() {
		if out, removed := clean(b, data); len(removed) > 0 || len(out) == 0 {
			b.Fatal(removed)
		}
	}
}

func BenchmarkMask200Pages(b *testing.B) {
	data := pages200()
	b.SetBytes(int64(len(data)))
	b.ResetTimer()
	for b.Loop() {
		if _, missing, err := reader.Mask(context.Background(), data, []Mask{{"政府信息", ""}}, DefaultLimits()); err != nil || len(missing) > 0 {
			b.Fatal(missing, err)
		}
	}
}

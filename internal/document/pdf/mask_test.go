package pdf

import (
	"context"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMaskTakesTheTextOut(t *testing.T) {
	t.Parallel()
	latin := func(x, y int, text string) string {
		return fmt.Sprintf("BT /F1 12 Tf %d %d Td (%s) Tj ET\n", x, y, text)
	}
	const excerpt = "13800001234"
	for name, c := range map[string]struct {
		build func(f *file)
		masks []Mask
		want  string // visible text afterwards
		gone  []string
	}{
		"within a line": {
			func(f *file) { f.page(latin(72, 700, "call 13800001234 now")) },
			[]Mask{{excerpt, "138****1234"}},
			"call now / 138****1234",
			[]string{excerpt, "3800001"},
		},
		"more than once, the second time within itself": {
			func(f *file) { f.page(latin(72, 700, "aXaXa") + latin(72, 600, "aXa") + latin(72, 500, "rest")) },
			[]Mask{{"aXa", ""}},
			"rest",
			[]string{"aX", "Xa"},
		},
		"in Chinese, with a box in its place": {
			func(f *file) {
				f.page(say(72, 700, "承办人张三同志") + "BT /F3 14 Tf 72 650 Td " + ucs2("张三到会") + " Tj ET")
			},
			[]Mask{{"张三", "某人"}},
			"承办人 同志 / 到会",
			[]string{"张三", "张", "三"},
		},
		"over several text objects, with spaces in between": {
			func(f *file) {
				f.page("BT /F1 12 Tf 72 700 Td (tel 138) Tj [(0 0) -300 (00 1)] TJ (234 end) Tj ET")
			},
			[]Mask{{excerpt, "*"}},
			"tel * end",
			[]string{"138", "(0 0)", "00 1", "234"},
		},
		"digits one by one and backwards": {
			func(f *file) {
				f.page(latin(100, 500, "3") + latin(93, 500, "2") + latin(86, 500, "1") + latin(72, 400, "rest"))
			},
			[]Mask{{"123", ""}},
			"rest",
			[]string{"(3)", "<33>"},
		},
		"over the end of a line": {
			func(f *file) { f.page(say(72, 700, "联系人欧阳") + say(72, 680, "小明到会")) },
			[]Mask{{"欧阳小明", ""}},
			"联系人 / 到会",
			[]string{"欧阳", "小明"},
		},
		"in a form that is drawn twice": {
			func(f *file) {
				n := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 200 50]/Resources<</Font<</F1 3 0 R>>>>", []byte(latin(10, 10, "id 13800001234")))
				f.resources = fmt.Sprintf("/XObject<</X %d 0 R>>", n)
				f.page("q 1 0 0 1 72 600 cm /X Do Q q 1 0 0 1 72 500 cm /X Do Q")
			},
			[]Mask{{excerpt, ""}},
			"id / id",
			[]string{excerpt},
		},
		"drawn twice to look bold": {
			func(f *file) {
				f.page(latin(72, 700, "a 13800001234 b") + "BT /F1 12 Tf 72.3 700 Td (a 13800001234 b) Tj ET")
			},
			[]Mask{{excerpt, ""}},
			"a b",
			[]string{excerpt},
		},
		"seen and hidden, in fields, notes, bookmarks and data about the file": {
			func(f *file) {
				f.trailer = fmt.Sprintf("/Info %d 0 R", f.add("<</Title(13800001234)>>"))
				f.add("<</Title(13800001234)/Parent 1 0 R>>")
				ap := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 3 0 R>>>>", []byte(latin(2, 5, "13800001234")))
				f.pageMore = fmt.Sprintf("/Annots[%d 0 R %d 0 R]",
					f.add("<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents(13800001234)>>"),
					f.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/F 4/FT/Tx/Rect[100 300 300 320]/T(t)/V(13800001234)/AP<</N %d 0 R>>>>", ap)))
				f.catalog = "/AcroForm<</Fields[]>>"
				f.page(latin(72, 700, "plain") + latin(72, 600, "3 Tr 13800001234") + "3 Tr " + latin(72, 500, "13800001234"))
			},
			[]Mask{{excerpt, ""}},
			"plain / 3 Tr",
			[]string{excerpt},
		},
		"in the middle of a line that goes on": {
			func(f *file) {
				f.page("BT /F1 12 Tf 1 Tc 80 Tz 72 700 Td (one 138) Tj (00001234) Tj ( two) Tj ( three) Tj ET")
			},
			[]Mask{{excerpt, ""}},
			"one two three",
			[]string{"138", "00001234"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := whole(c.build)
			out, missing, err := reader.Mask(context.Background(), data, c.masks, DefaultLimits())
			require.NoError(t, err)
			require.Empty(t, missing)
			d := open(t, out)
			var seen []string
			for _, p := range d.Parts {
				require.Empty(t, p.Unread, "it is still text")
				require.False(t, p.Hidden, p)
				seen = append(seen, strings.ReplaceAll(p.Text, "\n", " / "))
			}
			require.Equal(t, squeeze(c.want), squeeze(strings.Join(seen, " / ")))
			requireNothingOf(t, out, c.gone...)
			requireKept(t, open(t, data), d)
		})
	}
}

// requireKept says that lines without masks stand where they stood.
func requireKept(t testing.TB, before, after Document) {
	t.Helper()
	for _, l := range before.Pages[0].Lines {
		for _, k := range after.Pages[0].Lines {
			if k.Text == l.Text {
				require.InDelta(t, l.Box.Left, k.Box.Left, 0.02, l.Text)
				require.InDelta(t, l.Box.Bottom, k.Box.Bottom, 0.02, l.Text)
			}
		}
	}
}

func TestMaskLeavesABoxAndTheRestInItsPlace(t *testing.T) {
	t.Parallel()
	f := newFile()
	f.page("BT /F1 12 Tf 72 700 Td (before SECRET after) Tj ET")
	out, _, err := reader.Mask(context.Background(), f.bytes(), []Mask{{"SECRET", ""}}, DefaultLimits())
	require.NoError(t, err)
	before, after := draws(t, f.bytes()), draws(t, out)
	whole, at := open(t, f.bytes()).Pages[0].Lines[0].Box, open(t, out).Pages[0].Lines
	require.Equal(t, []string{"before after"}, []string{at[0].Text})
	require.InDelta(t, whole.Right, at[0].Box.Right, 0.02)
	middle := before.place(Box{125, 703, 130, 707}, 1)
	require.Zero(t, after.data[4*(middle.Min.Y*after.width+middle.Min.X)], "it is black where it was")
	require.True(t, alike(before, after, []image.Rectangle{before.place(Box{108, 695, 161, 715}, 1)}, false))
}

func TestMaskPaintsOverWhatCannotBeTakenApart(t *testing.T) {
	t.Parallel()
	f := newFile()
	f.page("BT /F1 12 Tf 72 700 Td (before SECRET after) Tj ET 1 unknown")
	out, missing, err := reader.Mask(context.Background(), f.bytes(), []Mask{{"SECRET", ""}, {"nowhere", "x"}}, DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []Mask{{"nowhere", "x"}}, missing)
	d := open(t, out)
	require.Len(t, d.Images, 1)
	require.NotContains(t, laid(out), "SECRET")
	after := draws(t, out)
	for x := 115; x < 160; x += 5 {
		require.Less(t, after.data[4*((842-704)*after.width+x)], byte(64), "it is black where it was")
	}
}

func TestTextOfAPictureIsNotFound(t *testing.T) {
	t.Parallel()
	f := newFile()
	f.page("100 100 m 200 300 l 300 100 l f")
	_, missing, err := reader.Mask(context.Background(), f.bytes(), []Mask{{"张三", ""}, {"image", ""}}, DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []Mask{{"张三", ""}, {"image", ""}}, missing)
}

// draws is the first page of a file.
func draws(t testing.TB, data []byte) pixels {
	t.Helper()
	var p pixels
	require.NoError(t, reader.with(context.Background(), data, DefaultLimits(), func(m *machine, _ int) error {
		if err := m.load(data); err != nil {
			return err
		}
		page, err := m.leave(reference{document: m.document}, 0)
		if err != nil {
			return err
		}
		p, err = m.draw(page, 72)
		return err
	}))
	return p
}

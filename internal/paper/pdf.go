package paper

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/signintech/gopdf"
	"rsc.io/qr"
)

// Lengths are in points.
const (
	margin    = 50.0
	small     = 8.5
	body      = 10.5 // 五号
	heading   = 12.0
	title     = 18.0
	leading   = 1.45 // of a line, by the size of its letters
	padding   = 4.0
	codeSide  = 72.0
	hanFont   = "han"
	latinFont = "latin"
	blank     = '□'
	ruleWidth = 0.5
)

// PDF writes the sheet on A4, with what it needs of the fonts. A character that none has is
// a box on the sheet, and told of at its foot.
func (s Sheet) PDF(w io.Writer, fonts Fonts) error {
	p := &press{sheet: s, pdf: &gopdf.GoPdf{}, glyphs: map[rune]glyph{}, page: *gopdf.PageSizeA4}
	if s.Wide {
		p.page.W, p.page.H = p.page.H, p.page.W
	}
	p.pdf.Start(gopdf.Config{PageSize: p.page})
	for name, path := range map[string]string{hanFont: fonts.Han, latinFont: cmp.Or(fonts.Latin, fonts.Han)} {
		if err := p.pdf.AddTTFFontWithOption(name, path, gopdf.TtfOption{
			OnGlyphNotFoundSubstitute: func(rune) rune { p.lacks = true; return blank },
		}); err != nil {
			return fmt.Errorf("paper: font %s: %w", path, err)
		}
	}
	p.print()
	if p.err != nil {
		return fmt.Errorf("paper: %w", p.err)
	}
	if _, err := p.pdf.WriteTo(w); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return nil
}

// press prints one sheet. The first error stops it.
type press struct {
	sheet   Sheet
	pdf     *gopdf.GoPdf
	page    gopdf.Rect
	y       float64
	n       int
	glyphs  map[rune]glyph
	lacks   bool // the font did not have the last character
	missing []rune
	err     error
}

// glyph is where a character is found, and how wide it is where letters are one point high.
type glyph struct {
	font string
	wide float64
}

func (p *press) do(step func() error) {
	if p.err == nil {
		p.err = step()
	}
}

func (p *press) print() {
	p.newPage()
	p.middle(p.sheet.Title+p.sheet.Mark, title)
	p.y += 4
	for _, line := range p.sheet.Under {
		p.middle(line, small)
	}
	for _, t := range p.sheet.Tables {
		if !t.Joined {
			p.y += 8
		}
		p.table(t)
	}
	p.y += 10
	foot := p.sheet.Foot
	p.measure(foot)
	if len(p.missing) > 0 {
		slices.Sort(p.missing)
		var codes []string
		for _, r := range slices.Compact(p.missing) {
			codes = append(codes, fmt.Sprintf("U+%04X", r))
		}
		foot = append(slices.Clone(foot), "□ "+strings.Join(codes, " "))
	}
	p.foot(foot)
}

func (p *press) newPage() {
	p.pdf.AddPage()
	p.n++
	p.y = margin
	label := strconv.Itoa(p.n)
	p.put(label, (p.page.W-p.wide(label, small))/2, p.page.H-margin*2/3, small)
}

// room goes to a new page unless that much is left of this one.
func (p *press) room(height float64) bool {
	if p.y+height <= p.page.H-margin {
		return false
	}
	p.newPage()
	return true
}

func (p *press) glyph(r rune) glyph {
	if g, ok := p.glyphs[r]; ok {
		return g
	}
	order := []string{latinFont, hanFont}
	if r >= 0x2000 {
		order = []string{hanFont, latinFont}
	}
	var g glyph
	for _, g.font = range order {
		p.lacks = false
		p.do(func() (err error) {
			if err = p.pdf.SetFont(g.font, "", 100); err == nil {
				g.wide, err = p.pdf.MeasureTextWidth(string(r))
			}
			return err
		})
		if !p.lacks {
			break
		}
	}
	if p.lacks {
		p.missing = append(p.missing, r)
	}
	g.wide /= 100
	p.glyphs[r] = g
	return g
}

func (p *press) wide(text string, size float64) (sum float64) {
	for _, r := range text {
		sum += p.glyph(r).wide * size
	}
	return sum
}

// measure looks at every character, so that it is known which the font does not have.
func (p *press) measure(lines []string) {
	for _, line := range lines {
		p.wide(line, 1)
	}
}

func (p *press) lines(text string, most, size float64) []string {
	return wrap(text, most, func(r rune) float64 { return p.glyph(r).wide * size })
}

// put writes a line with its upper left corner at x, y.
func (p *press) put(text string, x, y, size float64) {
	run := []rune(text)
	for len(run) > 0 {
		font, n := p.glyph(run[0]).font, 1
		for n < len(run) && p.glyph(run[n]).font == font {
			n++
		}
		p.do(func() error {
			if err := p.pdf.SetFont(font, "", size); err != nil {
				return err
			}
			p.pdf.SetXY(x, y+size*0.95)
			return p.pdf.Text(string(run[:n]))
		})
		x += p.wide(string(run[:n]), size)
		run = run[n:]
	}
}

func (p *press) middle(text string, size float64) {
	for _, line := range p.lines(text, p.page.W-2*margin, size) {
		p.room(size * leading)
		p.put(line, (p.page.W-p.wide(line, size))/2, p.y, size)
		p.y += size * leading
	}
}

func (p *press) table(t Table) {
	if t.Heading != "" {
		p.room(heading*leading + 3*body)
		p.put(t.Heading, margin, p.y, heading)
		p.y += heading*leading + 2
	}
	widths := t.widths(p.page.W - 2*margin)
	if len(t.Head) > 0 {
		p.row(t, t.Head, widths)
	}
	for _, row := range t.Rows {
		p.row(t, row, widths)
	}
}

// widths shares a width among the columns.
func (t Table) widths(whole float64) []float64 {
	sum := 0
	for _, s := range t.Shares {
		sum += s
	}
	out := make([]float64, len(t.Shares))
	for i, s := range t.Shares {
		out[i] = whole * float64(s) / float64(sum)
	}
	return out
}

// row prints the cells beside each other. What does not fit the page goes on after it.
func (p *press) row(t Table, cells []string, widths []float64) {
	const line = body * leading
	columns := make([][]string, len(widths))
	tall := 1
	for i := range widths {
		if i < len(cells) {
			columns[i] = p.lines(cells[i], widths[i]-2*padding, body)
		}
		tall = max(tall, len(columns[i]))
	}
	whole := p.page.H - 2*margin - 2*padding
	if need := float64(tall)*line + 2*padding; need <= whole && p.room(need) && len(t.Head) > 0 && !slices.Equal(cells, t.Head) {
		p.row(t, t.Head, widths)
	}
	for done := 0; done < tall && p.err == nil; {
		fits := max(1, int((p.page.H-margin-p.y-2*padding)/line))
		n := min(fits, tall-done)
		height := float64(n)*line + 2*padding
		x := margin
		for i, w := range widths {
			p.do(func() error {
				p.pdf.SetLineWidth(ruleWidth)
				p.pdf.RectFromUpperLeft(x, p.y, w, height)
				return nil
			})
			for k := done; k < min(done+n, len(columns[i])); k++ {
				p.put(columns[i][k], x+padding, p.y+padding+float64(k-done)*line, body)
			}
			x += w
		}
		p.y += height
		if done += n; done < tall {
			p.newPage()
		}
	}
}

// foot prints the code with the lines beside it.
func (p *press) foot(lines []string) {
	x, beside := margin, p.page.W-2*margin
	var code image
	if p.sheet.QR != "" {
		p.do(func() (err error) {
			code, err = qrCode(p.sheet.QR)
			return err
		})
		x += codeSide + 10
		beside -= codeSide + 10
	}
	var all []string
	for _, l := range lines {
		all = append(all, p.lines(l, beside, small)...)
	}
	height := float64(len(all)) * small * leading
	if code != nil {
		height = max(height, codeSide)
	}
	p.room(height)
	if code != nil {
		p.do(func() error {
			img, err := gopdf.ImageHolderByBytes(code)
			if err != nil {
				return err
			}
			return p.pdf.ImageByHolder(img, margin, p.y, &gopdf.Rect{W: codeSide, H: codeSide})
		})
	}
	for i, l := range all {
		p.put(l, x, p.y+float64(i)*small*leading, small)
	}
	p.y += height
}

// image is a picture as PNG.
type image []byte

func qrCode(text string) (image, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	return code.PNG(), nil
}

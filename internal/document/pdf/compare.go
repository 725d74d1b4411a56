package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"slices"
)

// pixels are a page as it is shown: rows from the top, four bytes a pixel, blue
// first.
type pixels struct {
	width, height int
	data          []byte
}

const drawNotes = 1 // a flag of PDFium's

// draw draws a page with dots per inch on white. Its pixels belong to the
// caller.
func (m *machine) draw(page uint64, inch float64) (pixels, error) {
	wide, high := m.size(page)
	scale := inch / 72
	if !(wide > 0 && high > 0) || wide*scale*high*scale > mostPixels/2 {
		scale = math.Sqrt(mostPixels / 2 / max(wide*high, 1))
	}
	w, h := max(int(math.Round(wide*scale)), 1), max(int(math.Round(high*scale)), 1)
	if w > mostPixels/2/h {
		return pixels{}, unreadable("too_large", "page of %.0f × %.0f points", wide, high)
	}
	bitmap := m.call("FPDFBitmap_CreateEx", uint64(w), uint64(h), bitmapBGRx, 0, 0)
	if bitmap == 0 {
		if err := m.failed(); err != nil {
			return pixels{}, err
		}
		return pixels{}, unreadable("too_large", "memory")
	}
	defer m.call("FPDFBitmap_Destroy", bitmap)
	m.call("FPDFBitmap_FillRect", bitmap, 0, 0, uint64(w), uint64(h), 0xFFFFFFFF)
	m.call("FPDF_RenderPageBitmap", bitmap, page, 0, 0, uint64(w), uint64(h), 0, drawNotes)
	width, height, stride, _, data := m.bitmap(bitmap)
	if err := m.failed(); err != nil {
		return pixels{}, err
	}
	if len(data) == 0 || stride != 4*width {
		return pixels{}, unreadable("damaged", "bitmap")
	}
	return pixels{width, height, data}, nil
}

// leave opens page i of a file without the annotations that are
// dropped.
func (m *machine) leave(r reference, i int) (uint64, error) {
	page := m.call("FPDF_LoadPage", r.document, uint64(i))
	if page == 0 {
		if err := m.failed(); err != nil {
			return 0, err
		}
		return 0, unreadable("damaged", "page %d", i+1)
	}
	if !r.noted {
		return page, nil
	}
	for k := number(m.call("FPDFPage_GetAnnotCount", page)) - 1; k >= 0 && m.err == nil; k-- {
		note := m.call("FPDFPage_GetAnnot", page, uint64(k))
		if note == 0 {
			continue
		}
		kind, flags := number(m.call("FPDFAnnot_GetSubtype", note)), number(m.call("FPDFAnnot_GetFlags", note))
		m.call("FPDFPage_CloseAnnot", note)
		if passing(kind, flags) {
			m.call("FPDFPage_RemoveAnnot", page, uint64(k))
		}
	}
	return page, m.failed()
}

// reference is the file that says how a page is to look.
type reference struct {
	document uint64
	noted    bool // it has annotations that are dropped
}

// compare draws every page that is not proved yet as it was and as it is now.
// One that does not look the same becomes a picture of what it was.
func (t *treatment) compare() error {
	m := t.m
	if err := m.load(t.data); err != nil {
		return err
	}
	flat := reference{}
	if slices.ContainsFunc(t.noted, func(n noted) bool { return n.any }) {
		file := m.put(t.flat)
		defer m.free(file)
		flat.document = m.call("FPDF_LoadMemDocument", file, uint64(len(t.flat)), 0)
		defer m.call("FPDF_CloseDocument", flat.document)
	}
	if err := m.failed(); err != nil {
		return err
	}
	for i, p := range t.pages {
		p.reference = reference{m.document, t.noted[i].any}
		if p.proved || !t.noted[i].any {
			continue
		}
		// PDFium draws no fields unless they are part of the page. Everything else
		// must look as it did before it was made part of it.
		same, err := t.same(p.reference, flat, i, t.noted[i].fields, false)
		switch {
		case err != nil:
			return err
		case same:
			p.reference = flat
		case len(t.noted[i].fields) > 0:
			return unreadable("damaged", "fields of page %d", i+1)
		}
	}
	for i, p := range t.pages {
		if p.pixels && p.object == "" {
			if err := t.picture(i); err != nil {
				return err
			}
		}
	}
	for {
		t.assemble()
		again, err := t.differing()
		if err != nil || !again {
			return err
		}
	}
}

func (t *treatment) assemble() {
	objects := make([]string, len(t.pages))
	for i, p := range t.pages {
		objects[i] = p.object
	}
	t.out = t.copier.file(objects)
}

// differing looks for pages that look different, and makes pictures of them.
func (t *treatment) differing() (bool, error) {
	m := t.m
	file := m.put(t.out)
	if file == 0 {
		if err := m.failed(); err != nil {
			return false, err
		}
		return false, unreadable("too_large", "memory")
	}
	defer m.free(file)
	derived := m.call("FPDF_LoadMemDocument", file, uint64(len(t.out)), 0)
	if derived == 0 || number(m.call("FPDF_GetPageCount", derived)) != len(t.pages) {
		if err := m.failed(); err != nil {
			return false, err
		}
		return false, unreadable("damaged", "its derivative")
	}
	defer m.call("FPDF_CloseDocument", derived)
	again := false
	for i, p := range t.pages {
		if p.proved {
			continue
		}
		same, err := t.same(p.reference, reference{document: derived}, i, p.hazy(), p.pixels)
		switch {
		case err != nil:
			return false, err
		case same:
			p.proved = true
		case p.pixels:
			return false, unreadable("damaged", "page %d does not look as it did", i+1)
		default:
			if err := t.picture(i); err != nil {
				return false, err
			}
			again = true
		}
	}
	return again, nil
}

// same compares page i of two files, but for some places on it.
func (t *treatment) same(one, other reference, i int, but []Box, redrawn bool) (bool, error) {
	m, inch := t.m, 72.0
	if redrawn { // a drawing of a drawing looks like it at its own size only
		inch = dots
	}
	var drawn [2]pixels
	scale := 1.0
	for k, r := range []reference{one, other} {
		page, err := m.leave(r, i)
		if err != nil {
			return false, err
		}
		wide, _ := m.size(page)
		drawn[k], err = m.draw(page, inch)
		m.call("FPDF_ClosePage", page)
		if err != nil {
			return false, err
		}
		scale = float64(drawn[k].width) / max(wide, 1)
	}
	var ignored []image.Rectangle
	for _, b := range but {
		ignored = append(ignored, drawn[0].place(b, scale))
	}
	return alike(drawn[0], drawn[1], ignored, redrawn), nil
}

// place is the rectangle of pixels that a box on the page takes, and a little
// more.
func (p pixels) place(b Box, scale float64) image.Rectangle {
	const pad = 2
	return image.Rect(
		int(b.Left*scale)-pad, p.height-int(math.Ceil(b.Top*scale))-pad,
		int(math.Ceil(b.Right*scale))+pad, p.height-int(b.Bottom*scale)+pad,
	).Intersect(image.Rect(0, 0, p.width, p.height))
}

// hazy are the places of a page that may look different: those of masks, and of
// text that could hardly be seen.
func (p *treated) hazy() []Box {
	all := slices.Clone(p.dim)
	for _, m := range p.masks {
		all = append(all, m.shown)
	}
	return all
}

// alike says whether nobody tells two drawings apart: no block of pixels
// differs by more than what comes of rounding, or of drawing a drawing again.
func alike(a, b pixels, ignored []image.Rectangle, redrawn bool) bool {
	if abs(a.width-b.width) > 1 || abs(a.height-b.height) > 1 {
		return false
	}
	block, most := 4, 16 // pixels; of 255
	if redrawn {
		block, most = 12, 32
	}
	w, h := min(a.width, b.width), min(a.height, b.height)
	var skip []bool
	if len(ignored) > 0 {
		skip = make([]bool, w*h)
		for _, r := range ignored {
			r = r.Intersect(image.Rect(0, 0, w, h))
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					skip[y*w+x] = true
				}
			}
		}
	}
	for y := 0; y < h; y += block {
		for x := 0; x < w; x += block {
			var sum [3]int
			for dy := y; dy < min(y+block, h); dy++ {
				i, j := 4*(dy*a.width+x), 4*(dy*b.width+x)
				n := 4 * (min(x+block, w) - x)
				if bytes.Equal(a.data[i:i+n], b.data[j:j+n]) {
					continue
				}
				for k := 0; k < n; k += 4 {
					if skip != nil && skip[dy*w+x+k/4] {
						continue
					}
					for c := range sum {
						sum[c] += abs(int(a.data[i+k+c]) - int(b.data[j+k+c]))
					}
				}
			}
			if max(sum[0], sum[1], sum[2]) > most*block*block {
				return false
			}
		}
	}
	return true
}

func abs(n int) int { return max(n, -n) }

// picture makes page i a picture of what it was, with the masks painted over.
func (t *treatment) picture(i int) error {
	m, p := t.m, t.pages[i]
	page, err := m.leave(p.reference, i)
	if err != nil {
		return err
	}
	defer m.call("FPDF_ClosePage", page)
	wide, high := m.size(page)
	drawn, err := m.draw(page, dots)
	if err != nil {
		return err
	}
	scale := float64(drawn.width) / wide
	for _, k := range p.masks {
		r := drawn.place(k.shown, scale)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			clear(drawn.data[4*(y*drawn.width+r.Min.X) : 4*(y*drawn.width+r.Max.X)])
		}
	}
	object, err := t.copier.raster(drawn)
	if err != nil {
		return err
	}
	n := &names{}
	content := fmt.Sprintf("q %.4f 0 0 %.4f 0 0 cm /%s Do Q\n", wide, high, n.add("XObject", object))
	var over []patch
	for _, k := range p.masks {
		if k.with != "" {
			over = append(over, patch{at: k.shown, with: k.with})
		}
	}
	content += patches(t.copier, n, over)
	p.object = t.copier.unique(fmt.Sprintf("<</Type/Page/Parent %s/MediaBox[0 0 %.4f %.4f]/Resources%s/Contents %s>>",
		treeMark, wide, high, n, t.copier.packed("", []byte(content))))
	p.pixels = true
	return nil
}

// raster makes an image of a drawing: of gray where there is no colour, and
// packed without loss unless that takes too much room.
func (c *copier) raster(p pixels) (string, error) {
	n := p.width * p.height
	gray := true
	for i := 0; i < 4*n && gray; i += 4 {
		gray = p.data[i] == p.data[i+1] && p.data[i] == p.data[i+2]
	}
	space, per := "/DeviceRGB", 3
	if gray {
		space, per = "/DeviceGray", 1
	}
	flat := make([]byte, 0, per*n)
	for i := 0; i < 4*n; i += 4 {
		if gray {
			flat = append(flat, p.data[i])
		} else {
			flat = append(flat, p.data[i+2], p.data[i+1], p.data[i])
		}
	}
	entries := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace%s", p.width, p.height, space)
	const few = 8 // of the raw size, what packing without loss must reach
	if b := packed(flat); len(b) <= len(flat)/few {
		return c.stream(entries+"/Filter/FlateDecode", b), nil
	}
	var b bytes.Buffer
	var drawn image.Image = &image.Gray{Pix: flat, Stride: p.width, Rect: image.Rect(0, 0, p.width, p.height)}
	if !gray {
		rgba := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
		for i := range n {
			copy(rgba.Pix[4*i:], flat[3*i:3*i+3])
			rgba.Pix[4*i+3] = 255
		}
		drawn = rgba
	}
	if err := jpeg.Encode(&b, drawn, &jpeg.Options{Quality: 90}); err != nil {
		return "", fmt.Errorf("encode page: %w", err)
	}
	return c.stream(entries+"/Filter/DCTDecode", b.Bytes()), nil
}

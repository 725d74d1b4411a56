package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Formats of PDFium's bitmaps.
const (
	bitmapGray = 1
	bitmapBGR  = 2
	bitmapBGRx = 3
	bitmapBGRA = 4
	bitmapPBGR = 5 // as bitmapBGRA, premultiplied
)

// Bounds of pictures.
const (
	smallest   = 16       // pixels a side; nothing can be read in less
	mostPixels = 40 << 20 // of a picture that is unpacked
	dots       = 200      // per inch, of a page that is drawn to be read
)

// mask tells where an image hides what is under it.
type mask struct {
	width, height int
	solid         []bool // row by row from the top; nil for an image without holes
}

func (k *mask) opaque(in Box, p point) bool {
	if k == nil {
		return false
	}
	if k.solid == nil {
		return true
	}
	x := int((p.x - in.Left) / in.width() * float64(k.width))
	y := int((in.Top - p.y) / in.height() * float64(k.height))
	x, y = min(max(x, 0), k.width-1), min(max(y, 0), k.height-1)
	return k.solid[y*k.width+x]
}

// image takes in an image as a shape. Whether it has holes, as the image of a
// seal has, is looked at only if there is text under it.
func (s *scene) image(obj uint64, at matrix, clip Box) {
	x := shape{box: s.matrix(obj).then(at).box(Box{0, 0, 1, 1}), image: obj, covers: true}
	if truth(s.m.call("FPDFPageObj_HasTransparency", obj)) {
		x.covers = false
	}
	x.frame = x.box
	var seen *mask
	looked := false
	x.alpha = func() *mask {
		if !looked {
			looked, seen = true, s.mask(obj)
		}
		return seen
	}
	s.add(x, clip)
}

// mask draws an image as it is shown and keeps where it is solid.
func (s *scene) mask(obj uint64) *mask {
	if !s.small(obj) {
		return &mask{} // too large to be unpacked; take it for solid
	}
	bitmap := s.m.call("FPDFImageObj_GetRenderedBitmap", s.m.document, s.page, obj)
	if bitmap == 0 {
		return nil
	}
	defer s.m.call("FPDFBitmap_Destroy", bitmap)
	width, height, stride, format, pixels := s.m.bitmap(bitmap)
	if len(pixels) == 0 {
		return nil
	}
	if format != bitmapBGRA && format != bitmapPBGR {
		return &mask{}
	}
	k := &mask{width: width, height: height, solid: make([]bool, width*height)}
	for y := range height {
		for x := range width {
			k.solid[y*width+x] = pixels[y*stride+4*x+3] >= solid
		}
	}
	return k
}

func (s *scene) small(obj uint64) bool {
	w, h := s.m.pixels(obj)
	return w*h <= mostPixels
}

func (m *machine) pixels(obj uint64) (width, height int) {
	if !truth(m.call("FPDFImageObj_GetImagePixelSize", obj, m.out(0), m.out(1))) {
		return 0, 0
	}
	return int(m.uint32(0)), int(m.uint32(1))
}

// bitmap copies a bitmap's pixels.
func (m *machine) bitmap(bitmap uint64) (width, height, stride, format int, pixels []byte) {
	width, height = number(m.call("FPDFBitmap_GetWidth", bitmap)), number(m.call("FPDFBitmap_GetHeight", bitmap))
	stride, format = number(m.call("FPDFBitmap_GetStride", bitmap)), number(m.call("FPDFBitmap_GetFormat", bitmap))
	if width <= 0 || height <= 0 || stride <= 0 || width > mostPixels/height {
		return 0, 0, 0, 0, nil
	}
	return width, height, stride, format, m.bytes(m.call("FPDFBitmap_GetBuffer", bitmap), stride*height)
}

// picture converts a bitmap to PNG.
func (m *machine) picture(bitmap uint64) ([]byte, error) {
	width, height, stride, format, pixels := m.bitmap(bitmap)
	if len(pixels) == 0 {
		return nil, unreadable("damaged", "bitmap")
	}
	var drawn image.Image
	if format == bitmapGray {
		drawn = &image.Gray{Pix: pixels, Stride: stride, Rect: image.Rect(0, 0, width, height)}
	} else {
		step := 4
		if format == bitmapBGR {
			step = 3
		}
		if stride < width*step {
			return nil, unreadable("damaged", "bitmap")
		}
		gray := image.NewGray(image.Rect(0, 0, width, height)) // letters are told apart by shape
		for y := range height {
			for x := range width {
				p := pixels[y*stride+x*step:]
				gray.Pix[y*gray.Stride+x] = color.GrayModel.Convert(color.RGBA{p[2], p[1], p[0], 255}).(color.Gray).Y
			}
		}
		drawn = gray
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, drawn); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// images hands over the pictures of a page. blank says that the page has no
// text, so that its one picture, or a drawing of the page, is all of it.
func (o *opening) images(s *scene, number int, blank bool) {
	if blank && (len(s.images) != 1 || s.paths > 0) {
		o.drawing(s.page, number)
		return
	}
	for _, obj := range s.images {
		if o.m.err != nil {
			return
		}
		o.picture(obj, number, blank)
	}
}

func (o *opening) picture(obj uint64, number int, whole bool) {
	w, h := o.m.pixels(obj)
	if w < smallest || h < smallest {
		return
	}
	name := fmt.Sprintf("image on page %d", number)
	raw := o.m.raw(obj)
	if raw == nil {
		o.unread(name, fmt.Sprintf("%d × %d", w, h), "too_large")
		return
	}
	hash := sha256.Sum256(raw)
	if o.pictures[hash] && !whole {
		return
	}
	o.pictures[hash] = true
	if !bytes.HasPrefix(raw, []byte{0xFF, 0xD8, 0xFF}) {
		if w > mostPixels/h {
			o.unread(name, fmt.Sprintf("%d × %d", w, h), "too_large")
			return
		}
		bitmap := o.m.call("FPDFImageObj_GetBitmap", obj)
		if bitmap == 0 {
			o.unread(name, fmt.Sprintf("%d × %d", w, h), "damaged")
			return
		}
		defer o.m.call("FPDFBitmap_Destroy", bitmap)
		var err error
		if raw, err = o.m.picture(bitmap); err != nil {
			o.unread(name, fmt.Sprintf("%d × %d", w, h), "damaged")
			return
		}
	}
	o.take(Image{Page: number, Whole: whole, Data: raw})
}

// take keeps a picture, if there may be one more.
func (o *opening) take(i Image) {
	if len(o.doc.Files)+len(o.doc.Images) >= o.limits.Files || o.limits.Unpacked < len(i.Data) {
		o.left++
		return
	}
	o.limits.Unpacked -= len(i.Data)
	o.doc.Images = append(o.doc.Images, i)
}

// raw is an image as it stands in the file; nil if there is no room for it.
func (m *machine) raw(obj uint64) []byte {
	n := number(m.call("FPDFImageObj_GetImageDataRaw", obj, 0, 0))
	if n <= 0 {
		return nil
	}
	p := m.call("malloc", uint64(n))
	if p == 0 {
		return nil
	}
	defer m.free(p)
	m.call("FPDFImageObj_GetImageDataRaw", obj, p, uint64(n))
	return m.bytes(p, n)
}

// drawing draws a page so that its text can be read from the picture.
func (o *opening) drawing(page uint64, n int) {
	m := o.m
	width, height := m.size(page)
	scale := dots / 72.0
	if width <= 0 || height <= 0 || width*scale*height*scale > mostPixels/2 {
		return
	}
	w, h := int(width*scale), int(height*scale)
	bitmap := m.call("FPDFBitmap_CreateEx", uint64(w), uint64(h), bitmapGray, 0, 0)
	if bitmap == 0 {
		return
	}
	defer m.call("FPDFBitmap_Destroy", bitmap)
	m.call("FPDFBitmap_FillRect", bitmap, 0, 0, uint64(w), uint64(h), 0xFFFFFFFF)
	m.call("FPDF_RenderPageBitmap", bitmap, page, 0, 0, uint64(w), uint64(h), 0, 0)
	if data, err := m.picture(bitmap); err == nil && m.err == nil {
		o.take(Image{Page: n, Whole: true, Data: data})
	}
}

// size is the size of a page as it is shown, in points.
func (m *machine) size(page uint64) (width, height float64) {
	read := func(name string) float64 { return float64(math.Float32frombits(uint32(m.call(name, page)))) }
	return read("FPDF_GetPageWidthF"), read("FPDF_GetPageHeightF")
}

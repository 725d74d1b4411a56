package treatment

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"shenfa/internal/document"
)

// Sanitise makes the derivative of a file: the same to the eye, and nothing else
// in it. It opens what it made and returns it only if its visible parts are those
// of the original and no hidden part is left; everything else is a
// [CannotTreat]. The same bytes always give the same derivative.
func Sanitise(ctx context.Context, tools Tools, name string, data []byte, limits document.Limits) (Derivative, error) {
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	s := sanitiser{ctx: ctx, tools: tools, limits: limits}
	s.tools.OCR = nil // pixels stay as they are
	d, err := s.file(name, data)
	if err != nil {
		return Derivative{}, because(err)
	}
	return d, nil
}

type sanitiser struct {
	ctx    context.Context //nolint:containedctx // the life of one call
	tools  Tools
	limits document.Limits
	nested int
}

// file treats a file by what its bytes say, and proves what came out.
func (s *sanitiser) file(name string, data []byte) (Derivative, error) {
	places := map[string]map[int]string{}
	original, err := document.OpenPlaces(s.ctx, s.tools.Tools, name, data, s.limits, func(p document.Place) {
		if places[p.Entry] == nil {
			places[p.Entry] = map[int]string{}
		}
		places[p.Entry][p.Element] = p.Text
	})
	if err != nil {
		return Derivative{}, err
	}
	if s.converts(original, data) {
		return s.convert(name, data, original)
	}
	out := Derivative{MediaType: original.MediaType}
	fewer := map[string]int{}
	switch original.Kind {
	case document.DOCX, document.XLSX, document.PPTX:
		var b *office
		if out.Data, b, err = sanitiseOffice(s.ctx, original, data, places, s.limits); err == nil {
			out.Removed, fewer = b.removed, b.fewer
		}
		out.Name = ending(name, "."+string(original.Kind))
	case document.Image:
		var format string
		if out.Data, format, err = cleanPicture(data); err == nil && len(out.Data) != len(data) {
			out.Removed = []Removed{{"picture", "metadata"}}
		}
		out.Name = pictureName(name, format)
	case document.HTML:
		return s.page(name, original)
	case document.Zip:
		return s.container(name, data, original)
	case document.OFD:
		if out.Data, out.Removed, err = sanitiseOFD(s.ctx, data, places, s.limits); err == nil {
			fewer["annotations"] = len(out.Removed)
		}
		out.Name = ending(name, ".ofd")
	case document.Text, document.Markdown, document.XML:
		return s.plain(name, data, original)
	case document.PDF:
		return s.pdf(name, data, original)
	default:
		return Derivative{}, cannot("unsupported", "%s", original.Kind)
	}
	if err != nil {
		return Derivative{}, err
	}
	return out, s.prove(original, out, fewer)
}

// prove opens a derivative and compares it with the original.
func (s *sanitiser) prove(original document.Document, out Derivative, fewer map[string]int) error {
	derivative, err := document.OpenWith(s.ctx, s.tools.Tools, out.Name, out.Data, s.limits)
	if err != nil {
		return cannot("not_proved", "the derivative cannot be read")
	}
	return prove(original, derivative, fewer)
}

// plain checks that a text holds nothing but its text. Comments and raw HTML in
// markdown are on no page.
func (s *sanitiser) plain(name string, data []byte, original document.Document) (Derivative, error) {
	if slices.ContainsFunc(original.Parts, func(p document.Part) bool {
		return p.Hidden && !(strings.HasPrefix(p.Name, "attribute") && original.Kind == document.Markdown)
	}) {
		return Derivative{}, cannot("unsupported", "%s with hidden parts", original.Kind)
	}
	if bytes.IndexByte(data, 0) >= 0 && !bytes.HasPrefix(data, []byte("\xFF\xFE")) && !bytes.HasPrefix(data, []byte("\xFE\xFF")) {
		return Derivative{}, cannot("bad_encoding", "")
	}
	return Derivative{Name: name, MediaType: original.MediaType, Data: data}, nil
}

// pdf has a PDF treated by who can.
func (s *sanitiser) pdf(name string, data []byte, original document.Document) (Derivative, error) {
	if s.tools.CleanPDF == nil {
		return Derivative{}, cannot("unsupported", "pdf")
	}
	out, removed, err := s.tools.CleanPDF(s.ctx, data)
	if err != nil {
		return Derivative{}, err
	}
	return Derivative{Name: ending(name, ".pdf"), MediaType: original.MediaType, Data: out, Removed: removed}, nil
}

// converts says whether a file is in a format that another program turns into
// one of today.
func (s *sanitiser) converts(d document.Document, data []byte) bool {
	today := d.Kind == document.DOCX || d.Kind == document.XLSX || d.Kind == document.PPTX
	return d.Kind == document.Office97 || today && (!bytes.HasPrefix(data, []byte("PK")) || strings.Contains(d.MediaType, "opendocument"))
}

// convert treats an old file in the form of today.
func (s *sanitiser) convert(name string, data []byte, original document.Document) (Derivative, error) {
	old := map[document.Kind]string{document.DOCX: ".doc", document.XLSX: ".xls", document.PPTX: ".ppt"}[original.Kind]
	if s.tools.Office == nil || old == "" {
		return Derivative{}, cannot("needs_converter", "%s", original.Kind)
	}
	for part, odf := range map[string]string{"rtf": ".rtf", "opendocument.text": ".odt", "opendocument.spreadsheet": ".ods", "opendocument.presentation": ".odp"} {
		if strings.Contains(original.MediaType, part) {
			old = odf
		}
	}
	converted, err := s.tools.Office(s.ctx, ending(name, old), data)
	if err != nil || !bytes.HasPrefix(converted, []byte("PK")) {
		return Derivative{}, cannot("needs_converter", "%s", original.Kind)
	}
	d, err := s.file(ending(name, "."+string(original.Kind)), converted)
	d.Removed = append([]Removed{{"file", "old_format"}}, d.Removed...)
	return d, err
}

// pictureName is the name of a picture with the ending of its format, if it has
// another.
func pictureName(name, format string) string {
	lower := strings.ToLower(name)
	for _, known := range [][2]string{{".jpeg", ".jpg"}, {".tiff", ".tif"}} {
		if format == known[0] && strings.HasSuffix(lower, known[1]) {
			return name
		}
	}
	return ending(name, format)
}

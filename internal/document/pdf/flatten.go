package pdf

import (
	"context"
	"errors"
	"fmt"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// passing says whether an annotation is dropped rather than made part of its
// page: it is not seen, or it is a note, a link or a thing to be played.
func passing(kind, flags int) bool {
	switch kind {
	case noteText, noteLink, notePopup, noteFile, noteSound, noteMovie, noteScreen, notePrinter, noteTrap, note3D, noteMedia:
		return true
	}
	return flags&(flagHidden|flagNoView) != 0
}

// flattened is a file whose annotations are part of its pages, without
// encryption and earlier revisions. Only the library's own documents can be
// saved, hence its wrappers.
func (m *machine) flattened(data []byte, all []noted) ([]byte, error) {
	if m.document != 0 { // make room
		m.call("FPDF_CloseDocument", m.document)
		m.document = 0
	}
	if m.file != 0 {
		m.free(m.file)
		m.file = 0
	}
	if err := m.failed(); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(m.ctx, func() { _ = m.instance.Kill() })
	defer stop()
	out, err := flattened(m.instance, data, all)
	switch {
	case m.ctx.Err() != nil:
		m.err = m.ctx.Err()
		return nil, m.failure()
	case err != nil && m.crowded():
		return nil, unreadable("too_large", "memory")
	case err != nil:
		return nil, unreadable("damaged", "annotations cannot be made part of the pages")
	}
	return out, nil
}

func flattened(in pdfium.Pdfium, data []byte, all []noted) ([]byte, error) {
	opened, err := in.OpenDocument(&requests.OpenDocument{File: &data})
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	document := opened.Document
	for i, n := range all {
		if n.any {
			if err := flattenedPage(in, document, i, n.shown); err != nil {
				return nil, fmt.Errorf("page %d: %w", i+1, err)
			}
		}
	}
	const removeSecurity = 3
	saved, err := in.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: document, Flags: removeSecurity})
	if err != nil {
		return nil, fmt.Errorf("save: %w", err)
	}
	if saved.FileBytes == nil {
		return nil, errors.New("save: nothing")
	}
	if _, err := in.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: document}); err != nil {
		return nil, fmt.Errorf("close: %w", err)
	}
	return *saved.FileBytes, nil
}

func flattenedPage(in pdfium.Pdfium, document references.FPDF_DOCUMENT, i int, shown Box) error {
	page := requests.Page{ByIndex: &requests.PageByIndex{Document: document, Index: i}}
	count, err := in.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return fmt.Errorf("count annotations: %w", err)
	}
	for k := count.Count - 1; k >= 0; k-- {
		note, err := in.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: k})
		if err != nil {
			continue
		}
		kind, err := in.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: note.Annotation})
		if err != nil {
			return fmt.Errorf("annotation: %w", err)
		}
		flags, err := in.FPDFAnnot_GetFlags(&requests.FPDFAnnot_GetFlags{Annotation: note.Annotation})
		if err != nil {
			return fmt.Errorf("annotation: %w", err)
		}
		if _, err := in.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: note.Annotation}); err != nil {
			return fmt.Errorf("annotation: %w", err)
		}
		if passing(int(kind.Subtype), int(flags.Flags)) {
			if _, err := in.FPDFPage_RemoveAnnot(&requests.FPDFPage_RemoveAnnot{Page: page, Index: k}); err != nil {
				return fmt.Errorf("remove annotation: %w", err)
			}
		}
	}
	// Annotations without a look of their own get one when they are drawn.
	const side = 16
	drawn, err := in.RenderPageInPixels(&requests.RenderPageInPixels{Page: page, Width: side, Height: side, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	drawn.Cleanup()
	// PDFium forgets a size that the page inherits.
	l, b, r, t := float32(shown.Left), float32(shown.Bottom), float32(shown.Right), float32(shown.Top)
	if _, err := in.FPDFPage_SetMediaBox(&requests.FPDFPage_SetMediaBox{Page: page, Left: l, Bottom: b, Right: r, Top: t}); err != nil {
		return fmt.Errorf("size: %w", err)
	}
	if _, err := in.FPDFPage_SetCropBox(&requests.FPDFPage_SetCropBox{Page: page, Left: l, Bottom: b, Right: r, Top: t}); err != nil {
		return fmt.Errorf("size: %w", err)
	}
	done, err := in.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: page, Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
	if err != nil {
		return fmt.Errorf("flatten: %w", err)
	}
	if done.Result == 0 {
		return errors.New("flatten")
	}
	return nil
}

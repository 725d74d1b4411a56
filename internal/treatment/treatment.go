// Package treatment takes out of a file what must not go out with it: the values
// that are to be masked, and everything a reader of the file does not see. It
// proves its own work by opening the result again; a result that does not hold is
// an error and is never returned.
package treatment

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"shenfa/internal/document"
)

// Mask is a value to be replaced, as it stands in the text of a part of
// [document.Document].
type Mask struct {
	Excerpt string
	With    string // empty removes it
}

// Removed says what a derivative no longer holds. Names of parts are the sender's
// words: they are for who may see the original, not for logs.
type Removed struct {
	Part string // the part of the package, or of the file
	// What is one of metadata, comments, tracked_changes, hidden_text, hidden_cells,
	// hidden_sheet, hidden_slide, hidden_shapes, notes, macros, embedded_object,
	// custom_data, external, cached_data, form, alt_text, field_code, link, formulas,
	// names, printer, thumbnail, unused, foreign, old_format.
	What string
}

// Derivative is a file with nothing in it but what its reader sees.
type Derivative struct {
	Name      string
	MediaType string
	Data      []byte
	Removed   []Removed
}

// Tools are those of [document.Tools], and what treats the files this package
// does not. One that is nil is not there: such a file cannot be treated.
type Tools struct {
	document.Tools
	// CleanPDF makes the derivative of a PDF, and proves it.
	CleanPDF func(ctx context.Context, data []byte) ([]byte, []Removed, error)
	// MaskPDF takes text out of a PDF and says which masks it found nowhere.
	MaskPDF func(ctx context.Context, data []byte, masks []Mask) ([]byte, []Mask, error)
}

// ErrCannotTreat is what every [CannotTreat] is.
var ErrCannotTreat = errors.New("cannot be treated")

// CannotTreat says that a file cannot be treated, and why.
type CannotTreat struct {
	// Reason is one of those of [document.Unreadable], or unsupported (no way to
	// treat this format), unread (a part of it cannot be read), embedded_content
	// (the eye sees content of another file in it), hidden_merge (a merged cell
	// begins where nobody sees it), or not_proved (the result would show something
	// else, or still hold something hidden).
	Reason string
	Detail string // what it was about; never content
}

func (e *CannotTreat) Error() string {
	if e.Detail == "" {
		return "cannot be treated: " + e.Reason
	}
	return "cannot be treated: " + e.Reason + ": " + e.Detail
}

// Unwrap makes errors.Is(err, ErrCannotTreat) true.
func (e *CannotTreat) Unwrap() error { return ErrCannotTreat }

func cannot(reason, format string, args ...any) error {
	return &CannotTreat{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// because turns what the reader could not read into what cannot be treated.
func because(err error) error {
	if bad := (*document.Unreadable)(nil); errors.As(err, &bad) {
		return &CannotTreat{Reason: bad.Reason, Detail: bad.Detail}
	}
	return err
}

// ending is a name with another ending.
func ending(name, ext string) string {
	return strings.TrimSuffix(name, path.Ext(name)) + ext
}

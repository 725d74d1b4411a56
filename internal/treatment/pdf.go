package treatment

import (
	"context"
	"errors"
	"time"

	"shenfa/internal/document/pdf"
)

// CleanPDF is [Tools.CleanPDF] by a reader of PDF.
func CleanPDF(ctx context.Context, r *pdf.Reader, data []byte) ([]byte, []Removed, error) {
	out, gone, err := r.Clean(ctx, data, pdfLimits(ctx))
	if err != nil {
		return nil, nil, becausePDF(err)
	}
	removed := make([]Removed, len(gone))
	for i, g := range gone {
		removed[i] = Removed{Part: g.Part, What: g.Code}
	}
	return out, removed, nil
}

// MaskPDF is [Tools.MaskPDF] by a reader of PDF.
func MaskPDF(ctx context.Context, r *pdf.Reader, data []byte, masks []Mask) ([]byte, []Mask, error) {
	all := make([]pdf.Mask, len(masks))
	for i, m := range masks {
		all[i] = pdf.Mask(m)
	}
	out, missing, err := r.Mask(ctx, data, all, pdfLimits(ctx))
	if err != nil {
		return nil, nil, becausePDF(err)
	}
	var missed []Mask
	for _, m := range missing {
		missed = append(missed, Mask(m))
	}
	return out, missed, nil
}

// pdfLimits are those of a file, within the time of ctx.
func pdfLimits(ctx context.Context) pdf.Limits {
	limits := pdf.DefaultLimits()
	if end, ok := ctx.Deadline(); ok {
		limits.Time = time.Until(end)
	}
	return limits
}

func becausePDF(err error) error {
	if bad := (*pdf.Unreadable)(nil); errors.As(err, &bad) {
		return &CannotTreat{Reason: bad.Reason, Detail: bad.Detail}
	}
	return err
}

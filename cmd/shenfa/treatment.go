package main

import (
	"context"
	"errors"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/document"
	"shenfa/internal/reader"
	"shenfa/internal/treatment"
)

// treatments has the desk's files treated by readers without rights.
type treatments struct{ readers *reader.Pool }

func (t treatments) Clean(ctx context.Context, name string, data []byte) (desk.Cleaned, error) {
	d, err := t.readers.Clean(ctx, name, data, document.DefaultLimits())
	if err != nil {
		return desk.Cleaned{}, untreatable(err)
	}
	out := desk.Cleaned{Name: d.Name, MediaType: d.MediaType, Data: d.Data, Removed: make([]disclosure.Removed, len(d.Removed))}
	for i, r := range d.Removed {
		out.Removed[i] = disclosure.Removed(r)
	}
	return out, nil
}

func (t treatments) Mask(ctx context.Context, name string, data []byte, masks []desk.Mask) ([]byte, []desk.Mask, error) {
	all := make([]treatment.Mask, len(masks))
	for i, m := range masks {
		all[i] = treatment.Mask(m)
	}
	out, missing, err := t.readers.Mask(ctx, name, data, all, document.DefaultLimits())
	if err != nil {
		return nil, nil, untreatable(err)
	}
	var missed []desk.Mask
	for _, m := range missing {
		missed = append(missed, desk.Mask(m))
	}
	return out, missed, nil
}

func untreatable(err error) error {
	if no := (*treatment.CannotTreat)(nil); errors.As(err, &no) {
		return &desk.Untreatable{Reason: no.Reason}
	}
	return err
}

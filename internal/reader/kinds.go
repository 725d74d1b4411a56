package reader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"shenfa/internal/document"
	"shenfa/internal/treatment"
)

// handler answers one question in the child. What it returns travels back.
type handler func(ctx context.Context, value json.RawMessage, data []byte) (any, []byte, error)

// kinds is everything a child can be asked for. Who adds one adds a line here, and a
// method of [Pool] that asks for it with [Do].
func kinds(tools treatment.Tools) map[string]handler {
	return map[string]handler{
		"open": handle(func(ctx context.Context, q openQuestion, data []byte) (none, []byte, error) {
			d, err := document.OpenWith(ctx, tools.Tools, q.Name, data, q.Limits)
			if err != nil {
				return none{}, nil, err //nolint:wrapcheck // an Unreadable
			}
			packed, err := d.MarshalBinary()
			return none{}, packed, err
		}),
		"clean": handle(func(ctx context.Context, q openQuestion, data []byte) (cleaned, []byte, error) {
			d, err := treatment.Sanitise(ctx, tools, q.Name, data, q.Limits)
			if no := (*treatment.CannotTreat)(nil); errors.As(err, &no) {
				return cleaned{Cannot: no}, nil, nil
			}
			return cleaned{Name: d.Name, MediaType: d.MediaType, Removed: d.Removed}, d.Data, err
		}),
		"mask": handle(func(ctx context.Context, q maskQuestion, data []byte) (masked, []byte, error) {
			out, missed, err := treatment.Apply(ctx, tools, q.Name, data, q.Masks, q.Limits)
			if no := (*treatment.CannotTreat)(nil); errors.As(err, &no) {
				return masked{Cannot: no}, nil, nil
			}
			return masked{Missed: missed}, out, err
		}),
	}
}

type none struct{}

type openQuestion struct {
	Name   string
	Limits document.Limits
}

type maskQuestion struct {
	openQuestion
	Masks []treatment.Mask
}

// cleaned and masked are answers. One with Cannot is that.
type (
	cleaned struct {
		Name, MediaType string
		Removed         []treatment.Removed
		Cannot          *treatment.CannotTreat
	}
	masked struct {
		Missed []treatment.Mask
		Cannot *treatment.CannotTreat
	}
)

// handle makes a handler of a typed function.
func handle[Q, A any](f func(context.Context, Q, []byte) (A, []byte, error)) handler {
	return func(ctx context.Context, value json.RawMessage, data []byte) (any, []byte, error) {
		var q Q
		if err := json.Unmarshal(value, &q); err != nil {
			return nil, nil, fmt.Errorf("question: %w", err)
		}
		return f(ctx, q, data)
	}
}

// Do has a child answer one question of a kind, within a time that begins when a
// child is free. data and the returned bytes travel as they are. The error is a
// [document.Unreadable] if the file is to blame, also when the child had to be
// killed or crashed; the end of ctx; or a fault of ours. Progress is reported to
// whoever asked by [document.WithProgress].
func Do[A, Q any](ctx context.Context, p *Pool, kind string, within time.Duration, q Q, data []byte) (a A, out []byte, err error) {
	value, err := json.Marshal(q)
	if err != nil {
		return a, nil, fmt.Errorf("question: %w", err)
	}
	got, out, err := p.ask(ctx, asked{Kind: kind, Value: value, Time: int64(within)}, data)
	if err != nil {
		return a, nil, err
	}
	if err := json.Unmarshal(got, &a); err != nil {
		return a, nil, fmt.Errorf("answer: %w", err)
	}
	return a, out, nil
}

// Open is [document.OpenWith] in a child, with the tools that are installed.
func (p *Pool) Open(ctx context.Context, name string, data []byte, limits document.Limits) (document.Document, error) {
	if len(data) > limits.Bytes {
		return document.Document{}, &document.Unreadable{Reason: "too_large", Detail: fmt.Sprintf("%d bytes", len(data))}
	}
	_, packed, err := Do[none](ctx, p, "open", limits.Time, openQuestion{Name: name, Limits: limits}, data)
	if err != nil {
		return document.Document{}, err
	}
	var d document.Document
	if err := d.UnmarshalBinary(packed); err != nil {
		return document.Document{}, fmt.Errorf("answer: %w", err)
	}
	return d, nil
}

// Clean is [treatment.Sanitise] in a child. The error is a [treatment.CannotTreat] if
// the file is to blame.
func (p *Pool) Clean(ctx context.Context, name string, data []byte, limits document.Limits) (treatment.Derivative, error) {
	a, out, err := Do[cleaned](ctx, p, "clean", limits.Time, openQuestion{Name: name, Limits: limits}, data)
	switch {
	case err != nil:
		return treatment.Derivative{}, cannot(err)
	case a.Cannot != nil:
		return treatment.Derivative{}, a.Cannot
	}
	return treatment.Derivative{Name: a.Name, MediaType: a.MediaType, Removed: a.Removed, Data: out}, nil
}

// Mask is [treatment.Apply] in a child, with the same errors as [Pool.Clean].
func (p *Pool) Mask(ctx context.Context, name string, data []byte, masks []treatment.Mask, limits document.Limits) ([]byte, []treatment.Mask, error) {
	a, out, err := Do[masked](ctx, p, "mask", limits.Time, maskQuestion{openQuestion{Name: name, Limits: limits}, masks}, data)
	switch {
	case err != nil:
		return nil, nil, cannot(err)
	case a.Cannot != nil:
		return nil, nil, a.Cannot
	}
	return out, a.Missed, nil
}

// cannot says of a file that a child was killed for that it cannot be treated.
func cannot(err error) error {
	if bad := (*document.Unreadable)(nil); errors.As(err, &bad) {
		return &treatment.CannotTreat{Reason: bad.Reason, Detail: bad.Detail}
	}
	return err
}

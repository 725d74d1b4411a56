package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const (
	scanSeats   = 2 // scans that run at a time
	scanRoom    = 8 // that run, wait or are being read: what they hold in memory is bounded
	scanTimeout = 2 * time.Minute
	maxKind     = 64
)

// scan checks what is sent and keeps nothing of it.
func (s *Server) scan(c echo.Context) error {
	if q := queryOf(c); q.fault != nil {
		return q.fault
	}
	leave, err := s.scans.enter()
	if err != nil {
		return err
	}
	defer leave()
	in, err := scanForm(c)
	if err != nil {
		return err
	}
	done, err := s.scans.sit(c.Request().Context())
	if err != nil {
		return err
	}
	defer done()
	report, err := s.desk.Scan(c.Request().Context(), actor(c), in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(report))
}

// turnstile bounds how many are served, and how many wait for it.
type turnstile struct {
	room, seats chan struct{}
	patience    time.Duration
}

func newTurnstile(patience time.Duration) turnstile {
	return turnstile{room: make(chan struct{}, scanRoom), seats: make(chan struct{}, scanSeats), patience: patience}
}

// enter takes a place in the room, if there is one.
func (t turnstile) enter() (leave func(), err error) {
	select {
	case t.room <- struct{}{}:
		return func() { <-t.room }, nil
	default:
		return nil, disclosure.Refuse(disclosure.Unavailable, "")
	}
}

// sit waits for a seat, but not for long.
func (t turnstile) sit(ctx context.Context) (done func(), err error) {
	patience := time.NewTimer(t.patience)
	defer patience.Stop()
	select {
	case t.seats <- struct{}{}:
		return func() { <-t.seats }, nil
	case <-patience.C:
		return nil, disclosure.Refuse(disclosure.Unavailable, "")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// scanForm reads a form with one or more files, named "file", and perhaps the
// kind of what they are for.
func scanForm(c echo.Context) (desk.ScanInput, error) {
	var in desk.ScanInput
	kind, params, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return in, disclosure.Refuse(disclosure.WrongType, "Content-Type", "why", "multipart/form-data")
	}
	raw, err := readAll(c)
	if err != nil {
		return in, err
	}
	form := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
	for kinds := 0; ; {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return in, disclosure.Refuse(disclosure.BadRequest, "", "why", "multipart/form-data")
		}
		switch part.FormName() {
		case "kind":
			if kinds++; kinds > 1 {
				return in, disclosure.Refuse(disclosure.BadRequest, "kind", "why", "“kind” × 2")
			}
			if in.Kind, err = scanKind(part); err != nil {
				return in, err
			}
		case "file":
			u, err := scanFile(part)
			if err != nil {
				return in, err
			}
			if in.Files = append(in.Files, u); len(in.Files) > disclosure.MaxAttachments {
				return in, disclosure.Refuse(disclosure.TooLarge, "file", "max", "× "+strconv.Itoa(disclosure.MaxAttachments))
			}
		default:
			return in, disclosure.Refuse(disclosure.UnknownField, shorten(part.FormName()))
		}
	}
	if len(in.Files) == 0 {
		return in, disclosure.Refuse(disclosure.Required, "file")
	}
	return in, nil
}

func scanKind(part io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(part, maxKind+1))
	if err != nil {
		return "", disclosure.Refuse(disclosure.BadRequest, "", "why", "multipart/form-data")
	}
	if _, ok := disclosure.KindByID(string(raw)); !ok && len(raw) > 0 {
		return "", badValue("kind", string(bytes.ToValidUTF8(raw, []byte("?"))), kindIDs()...)
	}
	return string(raw), nil
}

func scanFile(part *multipart.Part) (desk.Upload, error) {
	var u desk.Upload
	var err error
	// Not part.FileName: it would make a name of what is a road.
	if u.Name, err = disposition(part.Header.Get("Content-Disposition")); err != nil {
		return u, err
	}
	if u.Data, err = io.ReadAll(part); err != nil {
		return u, disclosure.Refuse(disclosure.BadRequest, "", "why", "multipart/form-data")
	}
	if len(u.Data) == 0 {
		return u, disclosure.Refuse(disclosure.EmptyBody, "file")
	}
	if len(u.Data) > disclosure.MaxAttachment {
		return u, tooLarge(disclosure.MaxAttachment)
	}
	return u, checkName(u.Name)
}

package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// formOverhead is what a form may add around its file.
const formOverhead = 16 << 10

// upload reads the one file of a request: its bytes as they are, or the part
// "file" of a form. The name is in the query, in Content-Disposition, or in the
// part. The query may have more than the name.
func upload(c echo.Context, most int64, more ...string) (desk.Upload, error) {
	q := queryOf(c, append(more, "name")...)
	name := q.text("name", maxName)
	if q.fault != nil {
		return desk.Upload{}, q.fault
	}
	raw, err := readAll(c)
	if err != nil {
		return desk.Upload{}, err
	}
	u := desk.Upload{Data: raw}
	field := "body"
	kind, params, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err == nil && kind == "multipart/form-data" {
		field = "file"
		if u, err = formFile(raw, params["boundary"]); err != nil {
			return desk.Upload{}, err
		}
	} else if u.Name, err = disposition(c.Request().Header.Get("Content-Disposition")); err != nil {
		return desk.Upload{}, err
	}
	if name != "" {
		u.Name = name
	}
	switch {
	case len(u.Data) == 0:
		return desk.Upload{}, disclosure.Refuse(disclosure.EmptyBody, field)
	case int64(len(u.Data)) > most:
		return desk.Upload{}, tooLarge(most)
	}
	return u, checkName(u.Name)
}

func disposition(header string) (string, error) {
	if header == "" {
		return "", nil
	}
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return "", wrongType("Content-Disposition", "attachment; filename*=UTF-8''…")
	}
	return params["filename"], nil
}

// formFile reads a form that has one file, named "file", and nothing else.
func formFile(raw []byte, boundary string) (desk.Upload, error) {
	var u desk.Upload
	form := multipart.NewReader(bytes.NewReader(raw), boundary)
	for found := false; ; found = true {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && found:
			return u, nil
		case errors.Is(err, io.EOF):
			return u, disclosure.Refuse(disclosure.Required, "file")
		case err != nil:
			return u, disclosure.Refuse(disclosure.BadRequest, "", "why", "multipart/form-data")
		case part.FormName() != "file":
			return u, disclosure.Refuse(disclosure.UnknownField, shorten(part.FormName()))
		case found:
			return u, disclosure.Refuse(disclosure.BadRequest, "file", "why", "“file” × 2")
		}
		// Not part.FileName: it would make a name of what is a road.
		if u.Name, err = disposition(part.Header.Get("Content-Disposition")); err != nil {
			return u, err
		}
		if u.Data, err = io.ReadAll(part); err != nil {
			return u, disclosure.Refuse(disclosure.BadRequest, "", "why", "multipart/form-data")
		}
	}
}

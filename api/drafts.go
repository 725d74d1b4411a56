package api

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// listOf is the shape of every list.
func listOf[T any](items []T) desk.Page[T] { return whole(desk.Page[T]{Items: items}) }

// disclosed answers with d and the tag of its draft.
func (s *Server) disclosed(c echo.Context, n int, d desk.Disclosure, err error) error {
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", `"`+strconv.FormatInt(d.DraftRevision, 10)+`"`)
	return s.json(c, n, whole(d))
}

func (s *Server) list(c echo.Context) error {
	q := queryOf(c, "state", "kind", "mine", "cursor", "limit")
	want := desk.ListQuery{
		State:  disclosure.State(q.oneOf("state", stateIDs()...)),
		Kind:   q.oneOf("kind", kindIDs()...),
		Mine:   q.truth("mine"),
		Cursor: q.text("cursor", maxCursor),
		Limit:  q.number("limit", defaultPage, 1, maxPage),
	}
	if q.fault != nil {
		return q.fault
	}
	page, err := s.desk.List(c.Request().Context(), actor(c), want)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(page))
}

func (s *Server) create(c echo.Context) error {
	var in desk.Patch
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	d, err := s.desk.Create(c.Request().Context(), actor(c), k, in)
	if err == nil {
		c.Response().Header().Set("Location", base+"/disclosures/"+d.ID)
	}
	return s.disclosed(c, http.StatusCreated, d, err)
}

func (s *Server) correct(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	d, err := s.desk.Correct(c.Request().Context(), actor(c), item, k)
	if err == nil {
		c.Response().Header().Set("Location", base+"/disclosures/"+d.ID)
	}
	return s.disclosed(c, http.StatusCreated, d, err)
}

func (s *Server) get(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	d, err := s.desk.Get(c.Request().Context(), actor(c), item)
	return s.disclosed(c, http.StatusOK, d, err)
}

// draft reads which draft, in which revision, a request wants to change.
func draft(c echo.Context) (item string, rev int64, err error) {
	if item, err = id(c, "id"); err != nil {
		return "", 0, err
	}
	rev, err = revision(c)
	return item, rev, err
}

func (s *Server) edit(c echo.Context) error {
	item, rev, err := draft(c)
	if err != nil {
		return err
	}
	var in desk.Patch
	if err := decode(c, &in); err != nil {
		return err
	}
	d, err := s.desk.Edit(c.Request().Context(), actor(c), item, rev, in)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) putBody(c echo.Context) error {
	item, rev, err := draft(c)
	if err != nil {
		return err
	}
	u, err := upload(c, disclosure.MaxBody)
	if err != nil {
		return err
	}
	d, err := s.desk.PutBody(c.Request().Context(), actor(c), item, rev, u)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) addAttachment(c echo.Context) error {
	item, rev, err := draft(c)
	if err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	u, err := upload(c, disclosure.MaxAttachment)
	if err != nil {
		return err
	}
	d, err := s.desk.AddAttachment(c.Request().Context(), actor(c), item, k, rev, u)
	return s.disclosed(c, http.StatusCreated, d, err)
}

func (s *Server) removeAttachment(c echo.Context) error {
	item, rev, err := draft(c)
	if err != nil {
		return err
	}
	name, err := fileName(c)
	if err != nil {
		return err
	}
	d, err := s.desk.RemoveAttachment(c.Request().Context(), actor(c), item, rev, name)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) file(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	name, err := fileName(c)
	if err != nil {
		return err
	}
	q := queryOf(c, "version")
	version := q.number("version", 0, 0, 1<<30)
	if q.fault != nil {
		return q.fault
	}
	f, err := s.desk.File(c.Request().Context(), actor(c), item, version, name)
	if err != nil {
		return err
	}
	return download(c, f)
}

func (s *Server) versions(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Versions(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) timeline(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Timeline(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

// trail tells everything that the ledger holds about an item.
func (s *Server) trail(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	q := desk.TrailQuery{Sort: c.QueryParam("sort"), Cursor: c.QueryParam("cursor")}
	for name, value := range map[string]string{"sort": q.Sort, "cursor": q.Cursor} {
		if err := length(name, value, maxCursor); err != nil {
			return err
		}
	}
	out, err := s.desk.Trail(c.Request().Context(), actor(c), item, q)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(out))
}

// reviewForm sends the form of the confidentiality review as a paper.
func (s *Server) reviewForm(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	as := cmp.Or(c.QueryParam("as"), desk.AsPDF)
	if err := length("as", as, maxCursor); err != nil {
		return err
	}
	f, err := s.desk.ReviewForm(c.Request().Context(), actor(c), item, as)
	if err != nil {
		return err
	}
	return download(c, f)
}

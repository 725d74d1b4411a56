package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// comments is what the API asks of the desk about comments on passages.
type comments interface {
	Threads(ctx context.Context, who desk.Actor, id string) ([]desk.Thread, error)
	AddComment(ctx context.Context, who desk.Actor, id, key string, in desk.CommentInput) (desk.Thread, error)
	ReplyComment(ctx context.Context, who desk.Actor, id, thread, key string, in desk.CommentInput) (desk.Thread, error)
	ResolveComment(ctx context.Context, who desk.Actor, id, thread, key string, open bool) (desk.Thread, error)
}

func (s *Server) comments(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Threads(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func commentAct(c echo.Context, in *desk.CommentInput) (item, k string, err error) {
	if item, k, err = act(c, in); err != nil {
		return "", "", err
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"manifest_hash", string(in.Manifest), disclosure.MaxShortText},
		{"file", in.File, maxCommentPlace},
		{"part", in.Part, maxCommentPlace},
		{"quote", in.Quote, disclosure.MaxReason},
		{"comment", in.Words, disclosure.MaxReason},
	} {
		if err := length(f.name, f.value, f.most); err != nil {
			return "", "", err
		}
	}
	return item, k, nil
}

// maxCommentPlace is how many characters the name of a file or a part has at most.
const maxCommentPlace = 255

func (s *Server) addComment(c echo.Context) error {
	var in desk.CommentInput
	item, k, err := commentAct(c, &in)
	if err != nil {
		return err
	}
	t, err := s.desk.AddComment(c.Request().Context(), actor(c), item, k, in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusCreated, t)
}

func (s *Server) replyComment(c echo.Context) error {
	var in desk.CommentInput
	item, k, err := commentAct(c, &in)
	if err != nil {
		return err
	}
	return s.inThread(c, func(thread string) (desk.Thread, error) {
		return s.desk.ReplyComment(c.Request().Context(), actor(c), item, thread, k, in)
	})
}

func (s *Server) resolveComment(open bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		var none struct{}
		item, k, err := act(c, &none)
		if err != nil {
			return err
		}
		return s.inThread(c, func(thread string) (desk.Thread, error) {
			return s.desk.ResolveComment(c.Request().Context(), actor(c), item, thread, k, open)
		})
	}
}

func (s *Server) inThread(c echo.Context, do func(thread string) (desk.Thread, error)) error {
	thread, err := id(c, "comment")
	if err != nil {
		return err
	}
	t, err := do(thread)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, t)
}

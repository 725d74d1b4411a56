package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// questions is what the API asks of the desk about questions to others.
type questions interface {
	Ask(ctx context.Context, who desk.Actor, id, key string, in desk.QuestionInput) (desk.Question, error)
	Pursue(ctx context.Context, who desk.Actor, id, question, key string, act disclosure.ActType, in desk.QuestionInput) (desk.Question, error)
	Questions(ctx context.Context, who desk.Actor, id string) ([]desk.Question, error)
	OpenQuestions(ctx context.Context, who desk.Actor) ([]desk.Question, error)
	QuestionKinds(ctx context.Context, who desk.Actor) ([]disclosure.QuestionTerms, error)
	QuestionFile(ctx context.Context, who desk.Actor, id, question, name string) (desk.FileData, error)
	KeepScan(ctx context.Context, who desk.Actor, id, question string, u desk.Upload) (desk.ScanKept, error)
}

func (s *Server) ask(c echo.Context) error {
	var in desk.QuestionInput
	item, k, err := questionAct(c, &in)
	if err != nil {
		return err
	}
	if in.Kind == "" {
		return disclosure.Refuse(disclosure.Required, "kind")
	}
	q, err := s.desk.Ask(c.Request().Context(), actor(c), item, k, in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusCreated, q)
}

// pursue does one kind of act on a question. What the act does not need, it does not look at.
func (s *Server) pursue(act disclosure.ActType) echo.HandlerFunc {
	return func(c echo.Context) error {
		var in desk.QuestionInput
		item, k, err := questionAct(c, &in)
		if err != nil {
			return err
		}
		question, err := id(c, "qid")
		if err != nil {
			return err
		}
		q, err := s.desk.Pursue(c.Request().Context(), actor(c), item, question, k, act, in)
		if err != nil {
			return err
		}
		return s.json(c, http.StatusOK, q)
	}
}

func questionAct(c echo.Context, in *desk.QuestionInput) (item, k string, err error) {
	if item, k, err = act(c, in); err != nil {
		return "", "", err
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"kind", in.Kind, maxID},
		{"person", in.Person, maxID},
		{"addressee", in.Addressee, disclosure.MaxShortText},
		{"ask", in.Ask, disclosure.MaxReason},
		{"on", in.On, maxID},
		{"how", in.How, disclosure.MaxReason},
		{"reply", in.Reply, maxID},
		{"words", in.Words, disclosure.MaxReason},
		{"scan", in.Scan, disclosure.MaxShortText},
		{"ground", in.Ground, maxID},
		{"reason", in.Reason, disclosure.MaxReason},
	} {
		if err := length(f.name, f.value, f.most); err != nil {
			return "", "", err
		}
	}
	return item, k, nil
}

func (s *Server) questions(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Questions(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) openQuestions(c echo.Context) error {
	all, err := s.desk.OpenQuestions(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) questionKinds(c echo.Context) error {
	all, err := s.desk.QuestionKinds(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) keepScan(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	question, err := id(c, "qid")
	if err != nil {
		return err
	}
	u, err := upload(c, disclosure.MaxAttachment)
	if err != nil {
		return err
	}
	kept, err := s.desk.KeepScan(c.Request().Context(), actor(c), item, question, u)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, kept)
}

func (s *Server) questionFile(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	question, err := id(c, "qid")
	if err != nil {
		return err
	}
	f, err := s.desk.QuestionFile(c.Request().Context(), actor(c), item, question, c.Param("name"))
	if err != nil {
		return err
	}
	return download(c, f)
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"shenfa/internal/disclosure"
)

// status is the HTTP status of every code.
var status = map[disclosure.Code]int{
	disclosure.BadRequest:         http.StatusBadRequest,
	disclosure.UnknownField:       http.StatusBadRequest,
	disclosure.WrongType:          http.StatusBadRequest,
	disclosure.EmptyBody:          http.StatusBadRequest,
	disclosure.BodyPictured:       http.StatusUnprocessableEntity,
	disclosure.IdempotencyMissing: http.StatusBadRequest,

	disclosure.Unauthenticated: http.StatusUnauthorized,
	disclosure.BadLogin:        http.StatusUnauthorized,
	disclosure.ProofRequired:   http.StatusUnauthorized,
	disclosure.ProofWrong:      http.StatusUnauthorized,
	disclosure.CodeAppBound:    http.StatusConflict,
	disclosure.CodeAppMissing:  http.StatusConflict,

	disclosure.Forbidden:          http.StatusForbidden,
	disclosure.ContributorDecides: http.StatusForbidden,
	disclosure.NotYourTask:        http.StatusForbidden,
	disclosure.NotYours:           http.StatusForbidden,
	disclosure.QuarantineBySame:   http.StatusForbidden,

	disclosure.NotFound:       http.StatusNotFound,
	disclosure.FindingUnknown: http.StatusNotFound,

	disclosure.WrongState:         http.StatusConflict,
	disclosure.WrongStep:          http.StatusConflict,
	disclosure.ManifestChanged:    http.StatusConflict,
	disclosure.AlreadyDecided:     http.StatusConflict,
	disclosure.NothingToBypass:    http.StatusConflict,
	disclosure.RatifyByParty:      http.StatusForbidden,
	disclosure.NothingToRatify:    http.StatusConflict,
	disclosure.ReevaluateOwn:      http.StatusForbidden,
	disclosure.NotReevaluated:     http.StatusConflict,
	disclosure.RerouteSame:        http.StatusConflict,
	disclosure.RerouteShorter:     http.StatusUnprocessableEntity,
	disclosure.RerouteNothingLeft: http.StatusConflict,
	disclosure.NothingToExtend:    http.StatusConflict,
	disclosure.ExtensionByHolder:  http.StatusForbidden,
	disclosure.ExtendedAlready:    http.StatusConflict,
	disclosure.ExtensionTooLong:   http.StatusUnprocessableEntity,
	disclosure.ExtensionExpired:   http.StatusConflict,
	disclosure.ExtensionPastLimit: http.StatusConflict,
	disclosure.NotTreatable:       http.StatusUnprocessableEntity,
	disclosure.CorrectionOpen:     http.StatusConflict,
	disclosure.IncidentClosed:     http.StatusConflict,

	disclosure.CampaignClosed:     http.StatusConflict,
	disclosure.CampaignUnfinished: http.StatusConflict,
	disclosure.CampaignItemDone:   http.StatusConflict,
	disclosure.CampaignByDecider:  http.StatusForbidden,
	disclosure.TaskHeld:           http.StatusConflict,
	disclosure.NotEligible:        http.StatusUnprocessableEntity,
	disclosure.UrgedAlready:       http.StatusConflict,
	disclosure.NotRetractable:     http.StatusConflict,
	disclosure.SignerFixed:        http.StatusConflict,
	disclosure.NoMandate:          http.StatusForbidden,
	disclosure.QuestionOpen:       http.StatusConflict,
	disclosure.QuestionMoved:      http.StatusConflict,
	disclosure.QuestionDay:        http.StatusUnprocessableEntity,
	disclosure.QuestionUntold:     http.StatusConflict,
	disclosure.QuestionFinal:      http.StatusConflict,
	disclosure.PassageUnclear:     http.StatusUnprocessableEntity,
	disclosure.PreviewClosed:      http.StatusConflict,
	disclosure.DelegationSelf:     http.StatusUnprocessableEntity,
	disclosure.DelegationPast:     http.StatusUnprocessableEntity,
	disclosure.DelegationPeriod:   http.StatusUnprocessableEntity,
	disclosure.DelegationOverlaps: http.StatusConflict,
	disclosure.DelegationChain:    http.StatusConflict,
	disclosure.QueryEmpty:         http.StatusUnprocessableEntity,

	disclosure.Superseded:     http.StatusConflict,
	disclosure.DuplicateName:  http.StatusConflict,
	disclosure.FindingsOpen:   http.StatusConflict,
	disclosure.Quarantined:    http.StatusConflict,
	disclosure.ReleaseTooLate: http.StatusConflict,
	disclosure.Busy:           http.StatusConflict,

	disclosure.PreconditionFailed: http.StatusPreconditionFailed,
	disclosure.TooLarge:           http.StatusRequestEntityTooLarge,

	disclosure.Required:           http.StatusUnprocessableEntity,
	disclosure.TooLong:            http.StatusUnprocessableEntity,
	disclosure.BadValue:           http.StatusUnprocessableEntity,
	disclosure.BadFile:            http.StatusUnprocessableEntity,
	disclosure.UnknownChannel:     http.StatusUnprocessableEntity,
	disclosure.ReleaseInPast:      http.StatusUnprocessableEntity,
	disclosure.ReleaseBlackout:    http.StatusUnprocessableEntity,
	disclosure.ReleaseTooSoon:     http.StatusUnprocessableEntity,
	disclosure.ReleaseNoWindow:    http.StatusUnprocessableEntity,
	disclosure.ApprovalExpires:    http.StatusUnprocessableEntity,
	disclosure.BatchUnknown:       http.StatusUnprocessableEntity,
	disclosure.BatchClosed:        http.StatusConflict,
	disclosure.BatchInstant:       http.StatusUnprocessableEntity,
	disclosure.BatchTogether:      http.StatusConflict,
	disclosure.NotOfThisKind:      http.StatusUnprocessableEntity,
	disclosure.TieUnknown:         http.StatusUnprocessableEntity,
	disclosure.CompanionBatch:     http.StatusUnprocessableEntity,
	disclosure.CompanionEarly:     http.StatusUnprocessableEntity,
	disclosure.CompanionLate:      http.StatusUnprocessableEntity,
	disclosure.CompanionMissing:   http.StatusConflict,
	disclosure.CompanionWaiver:    http.StatusConflict,
	disclosure.ChainTaken:         http.StatusConflict,
	disclosure.ChainEnded:         http.StatusConflict,
	disclosure.ChainCycle:         http.StatusUnprocessableEntity,
	disclosure.ReleaseBadPeriod:   http.StatusUnprocessableEntity,
	disclosure.ApprovalRequired:   http.StatusUnprocessableEntity,
	disclosure.ReleaseBadWindow:   http.StatusUnprocessableEntity,
	disclosure.ReleasePastLimit:   http.StatusUnprocessableEntity,
	disclosure.ReleaseOutOfWindow: http.StatusUnprocessableEntity,
	disclosure.NotProactive:       http.StatusUnprocessableEntity,
	disclosure.NoRoute:            http.StatusUnprocessableEntity,
	disclosure.RouteBad:           http.StatusUnprocessableEntity,
	disclosure.RouteOpen:          http.StatusConflict,
	disclosure.RouteSettled:       http.StatusConflict,
	disclosure.RouteSecondPerson:  http.StatusForbidden,
	disclosure.RouteSame:          http.StatusUnprocessableEntity,

	disclosure.CalendarBad:          http.StatusUnprocessableEntity,
	disclosure.CalendarOpen:         http.StatusConflict,
	disclosure.CalendarSettled:      http.StatusConflict,
	disclosure.CalendarSecondPerson: http.StatusForbidden,
	disclosure.CalendarSame:         http.StatusUnprocessableEntity,

	disclosure.AnnouncedPast:    http.StatusUnprocessableEntity,
	disclosure.AnnouncedOpen:    http.StatusConflict,
	disclosure.AnnouncedSettled: http.StatusConflict,
	disclosure.AnnouncedSecond:  http.StatusForbidden,
	disclosure.AnnouncedSame:    http.StatusUnprocessableEntity,
	disclosure.AnnouncedOver:    http.StatusConflict,
	disclosure.AnnouncedUntold:  http.StatusConflict,
	disclosure.AnnouncedFound:   http.StatusUnprocessableEntity,

	disclosure.ReasonRequired:    http.StatusUnprocessableEntity,
	disclosure.BasisRequired:     http.StatusUnprocessableEntity,
	disclosure.UnknownOutcome:    http.StatusUnprocessableEntity,
	disclosure.ReturnTarget:      http.StatusUnprocessableEntity,
	disclosure.FindingBlocks:     http.StatusUnprocessableEntity,
	disclosure.IdempotencyReused: http.StatusUnprocessableEntity,

	disclosure.NotMinor:           http.StatusUnprocessableEntity,
	disclosure.NoCorrection:       http.StatusUnprocessableEntity,
	disclosure.RolesMixed:         http.StatusUnprocessableEntity,
	disclosure.OwnAccount:         http.StatusForbidden,
	disclosure.LastAdministrator:  http.StatusConflict,
	disclosure.LoginTaken:         http.StatusConflict,
	disclosure.SectionTaken:       http.StatusConflict,
	disclosure.HouseFounded:       http.StatusConflict,
	disclosure.PasswordWeak:       http.StatusUnprocessableEntity,
	disclosure.PasswordMustChange: http.StatusUnauthorized,

	disclosure.PreconditionMissing: http.StatusPreconditionRequired,
	disclosure.TooManyRequests:     http.StatusTooManyRequests,

	disclosure.Internal:    http.StatusInternalServerError,
	disclosure.Unavailable: http.StatusServiceUnavailable,
	disclosure.NoFont:      http.StatusServiceUnavailable,
}

// Status is the HTTP status that goes with code. A code it does not know is a
// fault of ours.
func Status(code disclosure.Code) int {
	if n, ok := status[code]; ok {
		return n
	}
	return http.StatusInternalServerError
}

// statusGone is for the log alone: the client went away and reads no answer.
const statusGone = 499

type problem struct {
	Code    disclosure.Code   `json:"code"`
	Message string            `json:"message"`
	Field   string            `json:"field"`
	Details map[string]string `json:"details"`
}

// fail answers with err. It is the only place that does.
func (s *Server) fail(c echo.Context, err error) {
	if c.Response().Committed {
		s.report(c, "answer broke off", err)
		return
	}
	n, refusal := s.refusal(c, err)
	if n == statusGone {
		c.Response().Status = n
		return
	}
	s.secure(c)
	h := c.Response().Header()
	h.Del("ETag")
	h.Add("Vary", "Accept-Language")
	lang := languageOf(c.Request())
	h.Set("Content-Language", lang)
	switch n {
	case http.StatusUnauthorized:
		challenge := `Bearer realm="shenfa"`
		if refusal.Code == disclosure.ProofRequired || refusal.Code == disclosure.ProofWrong {
			challenge += `, error="insufficient_user_authentication"` // RFC 9470
		}
		h.Set("WWW-Authenticate", challenge)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", refusal.Params["seconds"])
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
	p := problem{Code: refusal.Code, Message: refusal.Sentence(lang), Field: refusal.Field, Details: refusal.Params}
	if p.Details == nil {
		p.Details = map[string]string{}
	}
	if err := s.json(c, n, p); err != nil {
		s.report(c, "answer broke off", err)
	}
}

// refusal finds what may be said about err. What is not a refusal is logged and
// answered with a number.
func (s *Server) refusal(c echo.Context, err error) (int, *disclosure.Refusal) {
	var (
		mine   *disclosure.Refusal
		theirs *echo.HTTPError
		ctx    = c.Request().Context()
	)
	switch {
	case errors.As(err, &mine) && status[mine.Code] != 0:
		return status[mine.Code], mine
	case errors.As(err, &theirs) && theirs.Code == http.StatusNotFound:
		return theirs.Code, disclosure.Refuse(disclosure.NotFound, "")
	case errors.As(err, &theirs) && theirs.Code == http.StatusMethodNotAllowed:
		allow, _ := c.Get(echo.ContextKeyHeaderAllow).(string)
		c.Response().Header().Set(echo.HeaderAllow, allow)
		return theirs.Code, disclosure.Refuse(disclosure.BadRequest, "", "why", "method; allow: "+allow)
	case errors.Is(ctx.Err(), context.Canceled):
		return statusGone, nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		s.report(c, "request took too long", err)
		return http.StatusServiceUnavailable, disclosure.Refuse(disclosure.Unavailable, "")
	}
	s.report(c, "request failed", err)
	trace, _ := c.Get(keyTrace).(string)
	return http.StatusInternalServerError, disclosure.Refuse(disclosure.Internal, "", "trace", trace)
}

func (s *Server) report(c echo.Context, what string, err error) {
	trace, _ := c.Get(keyTrace).(string)
	attrs := []slog.Attr{
		slog.String("route", c.Path()), slog.String("trace", trace),
		slog.String("error_type", fmt.Sprintf("%T", err)), slog.String("error", err.Error()),
	}
	if p := (*panicked)(nil); errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	s.options.Logger.LogAttrs(c.Request().Context(), slog.LevelError, what, attrs...)
}

var languages = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})

// languageOf is "zh-CN" or "en", as the request prefers; Chinese if it does not say.
func languageOf(r *http.Request) string {
	if _, i := language.MatchStrings(languages, r.Header.Get("Accept-Language")); i == 1 {
		return "en"
	}
	return "zh-CN"
}

// json answers with v.
func (s *Server) json(c echo.Context, n int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	// A handler may have announced something else before it failed.
	c.Response().Header().Set(echo.HeaderContentType, "application/json; charset=utf-8")
	return c.Blob(n, "application/json; charset=utf-8", append(body, '\n'))
}

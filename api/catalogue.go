package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/disclosure"
)

type catalogue struct {
	Kinds        []disclosure.Kind        `json:"kinds"`
	Roles        []disclosure.RoleInfo    `json:"roles"`
	Outcomes     []disclosure.OutcomeInfo `json:"outcomes"`
	States       []disclosure.StateInfo   `json:"states"`
	Routes       []disclosure.Route       `json:"routes"`
	Channels     []string                 `json:"channels"`
	Attributes   []string                 `json:"attributes"`
	LatePolicies []disclosure.LatePolicy  `json:"late_policies"`
	Dispositions []disclosure.Disposition `json:"dispositions"`
	Limits       limits                   `json:"limits"`
}

// limits are lengths in characters and sizes in bytes.
type limits struct {
	JSON        int `json:"json"`
	Body        int `json:"body"`
	Attachment  int `json:"attachment"`
	Attachments int `json:"attachments"`
	Title       int `json:"title"`
	ShortText   int `json:"short_text"`
	Reason      int `json:"reason"`
	Keywords    int `json:"keywords"`
	Channels    int `json:"channels"`
	Page        int `json:"page"`
}

// catalogue answers with every word and limit a client needs.
func (s *Server) catalogue(c echo.Context) error {
	return s.json(c, http.StatusOK, whole(catalogue{
		Kinds:        disclosure.Kinds(),
		Roles:        disclosure.Roles(),
		Outcomes:     disclosure.Outcomes(),
		States:       disclosure.States(),
		Routes:       disclosure.Routes(),
		Channels:     s.desk.Channels(),
		Attributes:   []string{disclosure.Proactive, disclosure.OnRequest, disclosure.Withheld},
		LatePolicies: []disclosure.LatePolicy{disclosure.LateNow, disclosure.LateWindow, disclosure.LateHold},
		Dispositions: []disclosure.Disposition{disclosure.FalseAlarm, disclosure.LawfulHere},
		Limits: limits{
			JSON: maxJSON, Body: disclosure.MaxBody, Attachment: disclosure.MaxAttachment, Attachments: disclosure.MaxAttachments,
			Title: disclosure.MaxTitle, ShortText: disclosure.MaxShortText, Reason: disclosure.MaxReason,
			Keywords: disclosure.MaxKeywords, Channels: disclosure.MaxChannels, Page: maxPage,
		},
	}))
}

func stateIDs() []string {
	var ids []string
	for _, s := range disclosure.States() {
		ids = append(ids, string(s.ID))
	}
	return ids
}

func kindIDs() []string {
	var ids []string
	for _, k := range disclosure.Kinds() {
		ids = append(ids, k.ID)
	}
	return ids
}

package desk

import (
	"context"
	"strconv"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
	"shenfa/internal/store"
)

// Notice is one thing a person is told: facts, no content.
type Notice struct {
	ID         string      `json:"id"`
	Kind       notice.Kind `json:"kind"`
	Zh         string      `json:"zh"`
	En         string      `json:"en"`
	Disclosure string      `json:"disclosure,omitempty"` // id
	Number     string      `json:"number,omitempty"`
	Step       string      `json:"step,omitempty"`
	About      *Ref        `json:"about,omitempty"` // a person
	Due        *time.Time  `json:"due,omitempty"`
	Was        *time.Time  `json:"was,omitempty"` // what it was before it moved
	At         time.Time   `json:"at"`
	Dismissed  bool        `json:"dismissed"`
	MailLost   bool        `json:"mail_lost"` // no mail of it could be delivered
}

// NoticeKind is what a notice tells of.
type NoticeKind = notice.Kind

// MailSettings are what a person chooses about mail.
type MailSettings = notice.Settings

// NoticeSettings are how a person wants to be told by mail, and what there is to choose.
type NoticeSettings struct {
	MailSettings
	Choices []notice.Info `json:"choices"`
}

const (
	noticesAPage = 50
	mostUnread   = 100
)

// Notices lists what I am told, the newest first; without all, only what I have not
// dismissed.
func (d *Desk) Notices(ctx context.Context, who Actor, all bool, cursor string) (Page[Notice], error) {
	before, err := noticeID(cursor, "cursor")
	if err != nil {
		return Page[Notice]{}, err
	}
	rows, err := d.store.Notices(ctx, who.ID, all, before, noticesAPage+1)
	if err != nil {
		return Page[Notice]{}, err
	}
	rules, err := notice.Load()
	if err != nil {
		return Page[Notice]{}, err
	}
	var page Page[Notice]
	if len(rows) > noticesAPage {
		rows = rows[:noticesAPage]
		page.Next = strconv.FormatInt(rows[len(rows)-1].ID, 10)
	}
	for _, r := range rows {
		page.Items = append(page.Items, noticeOf(rules, r))
	}
	return page, nil
}

func noticeOf(rules *notice.Rules, r store.Notice) Notice {
	info, _ := rules.Info(r.Kind)
	n := Notice{
		ID: strconv.FormatInt(r.ID, 10), Kind: r.Kind, Zh: info.Zh, En: info.En, Step: r.Step, Due: r.Due, Was: r.Was, At: r.At, Dismissed: r.Dismissed, MailLost: r.MailLost,
	}
	if r.Disclosure != nil && r.Number != nil {
		n.Disclosure, n.Number = *r.Disclosure, *r.Number
	}
	if r.About != nil && r.AboutName != nil {
		n.About = &Ref{ID: *r.About, Name: *r.AboutName}
	}
	return n
}

// noticeID reads the number of a notice; empty is none.
func noticeID(s, field string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, disclosure.Refuse(disclosure.BadValue, field, "value", s, "allowed", "next")
	}
	return n, nil
}

// DismissNotice puts one of my notices away. It stays in the list of all.
func (d *Desk) DismissNotice(ctx context.Context, who Actor, id string) error {
	n, err := noticeID(id, "id")
	if err != nil || n == 0 {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	return d.store.Dismiss(ctx, who.ID, n, 0)
}

// DismissNotices puts away all of my notices up to and with the newest I have seen.
func (d *Desk) DismissNotices(ctx context.Context, who Actor, upTo string) error {
	n, err := noticeID(upTo, "up_to")
	if err != nil {
		return err
	}
	if n == 0 {
		return disclosure.Refuse(disclosure.Required, "up_to")
	}
	return d.store.Dismiss(ctx, who.ID, 0, n)
}

// NoticeSettings are mine.
func (d *Desk) NoticeSettings(ctx context.Context, who Actor) (NoticeSettings, error) {
	s, err := d.store.NoticeSettings(ctx, who.ID)
	if err != nil {
		return NoticeSettings{}, err
	}
	rules, err := notice.Load()
	if err != nil {
		return NoticeSettings{}, err
	}
	out := NoticeSettings{MailSettings: s}
	for _, k := range rules.Kinds() {
		if k.ID != notice.MailFailed {
			out.Choices = append(out.Choices, k)
		}
	}
	return out, nil
}

// SetNoticeSettings changes mine.
func (d *Desk) SetNoticeSettings(ctx context.Context, who Actor, s MailSettings) (NoticeSettings, error) {
	if err := d.store.SaveNoticeSettings(ctx, who.ID, s); err != nil {
		return NoticeSettings{}, err
	}
	return d.NoticeSettings(ctx, who)
}

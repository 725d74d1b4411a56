package console

import (
	"net/http"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// campaignsPage lists re-reviews of what is public, and opens them.
type campaignsPage struct {
	Frame
	All   []desk.Campaign
	Kinds []disclosure.Kind
	Typed campaignForm
	Trial *desk.CampaignTrial // what was looked for and not opened
}

type campaignForm struct {
	desk.CampaignQuery
	Reason, Due string
	Recall      bool
}

// campaignPage is one of them.
type campaignPage struct {
	Frame
	C       desk.Campaign
	Reviews []disclosure.Review
	Item    string // which was typed at
	Typed   desk.ReviewInput
	Report  string
}

func campaignPath(id string) string { return base + "/campaigns/" + id }

func (c *Console) campaigns(v *visit) error {
	return c.showCampaigns(v, http.StatusOK, campaignForm{}, nil, nil)
}

func (c *Console) showCampaigns(v *visit, code int, t campaignForm, trial *desk.CampaignTrial, refusal error) error {
	frame, err := c.frame(v, "campaign.title", "campaigns")
	if err != nil {
		return err
	}
	frame.Here = base + "/campaigns"
	if refusal != nil && !frame.put("campaign", refusal) {
		return refusal
	}
	page := campaignsPage{Frame: frame, Kinds: disclosure.Kinds(), Typed: t, Trial: trial}
	if page.All, err = c.desk.Campaigns(v.ctx(), v.who); err != nil {
		return err
	}
	return c.show(v, code, "campaigns", page)
}

// openCampaign opens one, or only shows what it would be about.
func (c *Console) openCampaign(v *visit) error {
	t := campaignForm{
		CampaignQuery: desk.CampaignQuery{
			Rule: v.typed("rule"), Reviewer: v.typed("reviewer"), Phrase: v.typed("phrase"), From: v.typed("from"), To: v.typed("to"),
			Kind: v.typed("kind"), Rules: v.typed("rules") != "",
		},
		Reason: v.typed("reason"), Due: v.typed("due"), Recall: v.typed("recall") != "",
	}
	if v.typed("do") == "try" {
		trial, err := c.desk.TryCampaign(v.ctx(), v.who, t.CampaignQuery, "")
		if err != nil {
			return c.showCampaigns(v, status(disclosure.CodeOf(err)), t, nil, err)
		}
		return c.showCampaigns(v, http.StatusOK, t, &trial, nil)
	}
	due, err := time.ParseInLocation(wallClock, t.Due, c.zone)
	switch {
	case t.Due == "":
		err = disclosure.Refuse(disclosure.Required, "due")
	case err != nil:
		err = disclosure.Refuse(disclosure.WrongType, "due", "why", "YYYY-MM-DD HH:MM")
	}
	var made desk.Campaign
	if err == nil {
		in := desk.CampaignInput{Query: t.CampaignQuery, Reason: t.Reason, Due: due.UTC(), Recall: t.Recall}
		made, err = c.desk.OpenCampaign(v.ctx(), v.who, v.key, in)
	}
	if err != nil {
		return c.showCampaigns(v, status(disclosure.CodeOf(err)), t, nil, err)
	}
	return v.Redirect(http.StatusSeeOther, campaignPath(made.ID)+"?done=campaign")
}

func (c *Console) campaign(v *visit) error {
	return c.showCampaign(v, http.StatusOK, campaignPage{}, "", nil)
}

// showCampaign shows a campaign with what was typed into one of its forms.
func (c *Console) showCampaign(v *visit, code int, page campaignPage, form string, refusal error) error {
	frame, err := c.frame(v, "campaign.title", "campaigns")
	if err != nil {
		return err
	}
	frame.Here = campaignPath(v.Param("id"))
	if refusal != nil && !frame.put(form, refusal) {
		return refusal
	}
	page.Frame, page.Reviews = frame, disclosure.Reviews()
	if page.C, err = c.desk.Campaign(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	return c.show(v, code, "campaign", page)
}

func (c *Console) lookOn(v *visit) error {
	if _, err := c.desk.LookOn(v.ctx(), v.who, v.Param("id")); err != nil {
		return c.showCampaign(v, status(disclosure.CodeOf(err)), campaignPage{}, "look", err)
	}
	return v.Redirect(http.StatusSeeOther, campaignPath(v.Param("id")))
}

func (c *Console) reviewAgain(v *visit) error {
	item := v.Param("item")
	t := desk.ReviewInput{
		Outcome: disclosure.Review(v.typed("outcome")), Reason: v.typed("reason"), Document: v.typed("document"),
	}
	if _, err := c.desk.Review(v.ctx(), v.who, v.Param("id"), item, v.key, t); err != nil {
		return c.showCampaign(v, status(disclosure.CodeOf(err)), campaignPage{Item: item, Typed: t}, "review-"+item, err)
	}
	return v.Redirect(http.StatusSeeOther, campaignPath(v.Param("id"))+"?done=review")
}

func (c *Console) closeCampaign(v *visit) error {
	report := v.typed("report")
	if _, err := c.desk.CloseCampaign(v.ctx(), v.who, v.Param("id"), report); err != nil {
		return c.showCampaign(v, status(disclosure.CodeOf(err)), campaignPage{Report: report}, "close", err)
	}
	return v.Redirect(http.StatusSeeOther, campaignPath(v.Param("id"))+"?done=closed")
}

// Form names the form of an item.
func (p campaignPage) Form(id string) string { return "review-" + id }

// TypedAt is what was typed at an item, if it was this one.
func (p campaignPage) TypedAt(id string) desk.ReviewInput {
	if p.Item == id {
		return p.Typed
	}
	return desk.ReviewInput{}
}

// Outcome says what became of an item.
func (p campaignPage) Outcome(r disclosure.Review) string { return p.Name("review", string(r)) }

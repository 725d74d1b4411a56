package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const base = "/console"

// routes is the table of every page and act, with who may call it. A line that does
// not say is closed.
func (c *Console) routes(t table) {
	t.GET("/login", c.loginForm, open())
	t.POST("/login", c.login, open())
	t.POST("/logout", c.logout, signedIn())
	t.GET("/assets/:name", c.asset, open())

	t.GET("/design", c.design, signedIn())

	keepers := needs(disclosure.MayAccount, disclosure.MayManage, disclosure.MayAudit)
	t.GET("/accounts", c.accounts, keepers)
	t.POST("/accounts", c.addAccount, needs(disclosure.MayAccount))
	t.POST("/accounts/sections", c.addSection, needs(disclosure.MayAccount))
	t.GET("/accounts/roles", c.roles, keepers)
	t.GET("/accounts/changes", c.accountChanges, keepers)
	t.GET("/accounts/:id", c.account, keepers)
	t.POST("/accounts/:id/change", c.changeAccount, needs(disclosure.MayAccount))
	t.POST("/accounts/:id/roles", c.grantRoles, needs(disclosure.MayManage))
	t.POST("/accounts/:id/disable", c.disableAccount, needs(disclosure.MayAccount))
	t.POST("/accounts/:id/enable", c.enableAccount, needs(disclosure.MayAccount))
	t.POST("/accounts/:id/reset", c.resetPassword, needs(disclosure.MayAccount))
	t.POST("/accounts/:id/codeapp", c.resetCodeApp, needs(disclosure.MayManage))
	t.GET("/me", c.me, signedIn())
	t.POST("/me/password", c.renewOwn, signedIn())
	t.POST("/me/codeapp", c.offerCodeApp, signedIn())
	t.POST("/me/codeapp/bind", c.bindCodeApp, signedIn())
	t.POST("/me/codeapp/unbind", c.unbindCodeApp, signedIn())
	t.GET("/notices", c.notices, signedIn())
	t.POST("/notices/dismiss", c.dismissNotices, signedIn())
	t.POST("/notices/:id/dismiss", c.dismissNotice, signedIn())
	t.POST("/notices/settings", c.setNoticeSettings, signedIn())
	t.POST("/tokens", c.addToken, signedIn())
	t.POST("/tokens/:id/revoke", c.revokeToken, signedIn())

	t.GET("", c.home, signedIn())
	t.GET("/", c.home, signedIn())
	t.GET("/work.csv", c.exportWork, needs(disclosure.MayRead))
	t.POST("/views", c.saveView, needs(disclosure.MayRead))
	t.POST("/views/:id/drop", c.dropView, needs(disclosure.MayRead))
	t.GET("/calendar", c.calendar, needs(disclosure.MayRead))
	t.GET("/calendar/move/:id", c.moveForm, needs(disclosure.MayCreate, disclosure.MayRelease))
	t.POST("/calendar/move/:id", c.move, needs(disclosure.MayCreate, disclosure.MayRelease))
	t.GET("/reports", c.reports, needs(disclosure.MayRelease))
	t.GET("/reports.csv", c.exportReport, needs(disclosure.MayRelease))
	seen := needs(disclosure.MayRead, disclosure.MayRoute, disclosure.MayAudit)
	t.GET("/routes", c.allRoutes, seen)
	t.GET("/routes/:id/:version", c.route, seen)
	t.POST("/routes/:id/:version/propose", c.proposeRoute, needs(disclosure.MayRoute))
	t.POST("/routes/:id/:version/confirm", c.confirmRoute, needs(disclosure.MayRoute))
	t.POST("/routes/:id/:version/refuse", c.refuseRoute, needs(disclosure.MayRoute))
	recorded := needs(disclosure.MayDecide, disclosure.MayRelease, disclosure.MayClear)
	t.GET("/records", c.records, recorded)
	t.GET("/records/opinions", c.opinionRecord, recorded, reads())
	t.GET("/records/reviews", c.reviewRecord, recorded, reads())
	t.GET("/rules", c.rules, needs(disclosure.MayRead, disclosure.MayAudit, disclosure.MayCurate))
	t.GET("/rules/lexicon/:version", c.lexicon, needs(disclosure.MayCurate))
	t.POST("/rules/lexicon", c.importLexicon, needs(disclosure.MayCurate), upload(desk.MaxLexicon))
	telling := needs(disclosure.MayCreate, disclosure.MayRelease)
	t.GET("/announcements", c.announcements, needs(disclosure.MayRead))
	t.POST("/announcements", c.announce, telling)
	t.GET("/announcements/:id", c.announcement, needs(disclosure.MayRead))
	t.POST("/announcements/:id/lines", c.changeAnnouncement, telling)
	t.POST("/announcements/:id/lines/:line/confirm", c.confirmAnnouncement, needs(disclosure.MayRelease))
	t.POST("/announcements/:id/lines/:line/refuse", c.refuseAnnouncement, telling)
	t.POST("/announcements/:id/withdraw", c.withdrawAnnouncement, needs(disclosure.MayRelease))
	t.GET("/calendar-years", c.years, needs(disclosure.MayRead, disclosure.MayCalendar, disclosure.MayAudit))
	t.POST("/calendar-years", c.proposeYear, needs(disclosure.MayCalendar))
	t.GET("/calendar-years/:year/:version", c.year, needs(disclosure.MayRead, disclosure.MayCalendar, disclosure.MayAudit))
	t.POST("/calendar-years/:year/:version/confirm", c.confirmYear, needs(disclosure.MayCalendar))
	t.POST("/calendar-years/:year/:version/refuse", c.refuseYear, needs(disclosure.MayCalendar))
	t.GET("/channels", c.channels, needs(disclosure.MayRead))
	t.GET("/blackouts", c.blackouts, needs(disclosure.MayRead))
	t.POST("/blackouts", c.addBlackout, needs(disclosure.MayRelease))
	t.POST("/blackouts/:id/lift", c.liftBlackout, needs(disclosure.MayRelease))
	t.POST("/freezes", c.freeze, needs(disclosure.MayRelease))
	t.POST("/freezes/:id/lift", c.unfreeze, needs(disclosure.MayRelease))

	t.GET("/batches", c.batches, needs(disclosure.MayRead))
	t.POST("/batches", c.addBatch, needs(disclosure.MayCreate))
	t.POST("/batches/:id/reschedule", c.moveBatch, needs(disclosure.MayRelease))
	t.POST("/batches/:id/recall", c.recallBatch, needs(disclosure.MayRelease))

	t.GET("/items/new", c.newDraft, needs(disclosure.MayCreate))
	t.POST("/items/preview", c.previewText, needs(disclosure.MayCreate), upload(disclosure.MaxBody))
	t.POST("/items", c.create, needs(disclosure.MayCreate), upload(disclosure.MaxBody))
	t.GET("/items/:id", c.item, needs(disclosure.MayRead))
	t.GET("/items/:id/diff", c.diff, needs(disclosure.MayRead), reads())
	t.GET("/items/:id/review-form/:as", c.reviewForm, needs(disclosure.MayRead), reads())
	t.GET("/items/:id/trail", c.trail, needs(disclosure.MayRead))
	t.GET("/items/:id/clocks", c.clocks, needs(disclosure.MayRead))
	t.GET("/items/:id/comments", c.comments, needs(disclosure.MayRead))
	t.POST("/items/:id/comments", c.addComment, needs(disclosure.MayRead))
	t.POST("/items/:id/comments/:comment/reply", c.settleComment("reply"), needs(disclosure.MayRead))
	t.POST("/items/:id/comments/:comment/resolve", c.settleComment("resolve"), needs(disclosure.MayRead))
	t.POST("/items/:id/comments/:comment/reopen", c.settleComment("reopen"), needs(disclosure.MayRead))
	t.GET("/items/:id/previews", c.previews, needs(disclosure.MayRead))
	t.POST("/items/:id/previews", c.addPreview, needs(disclosure.MayRead))
	t.POST("/items/:id/previews/:preview/revoke", c.revokePreview, needs(disclosure.MayRead))
	t.GET("/previews", c.myPreviews, needs(disclosure.MayRead))
	t.GET("/previews/:preview", c.ahead, needs(disclosure.MayRead))
	t.GET("/previews/:preview/files/:n", c.aheadFile, needs(disclosure.MayRead))
	t.GET("/items/:id/questions", c.questions, needs(disclosure.MayRead))
	t.POST("/items/:id/questions", c.ask, needs(disclosure.MayDecide))
	t.POST("/items/:id/questions/:question/send", c.pursue("send"), needs(disclosure.MayDecide))
	t.POST("/items/:id/questions/:question/receive", c.pursue("receive"), needs(disclosure.MayDecide))
	t.POST("/items/:id/questions/:question/answer", c.pursue("answer"), needs(disclosure.MayRead), upload(disclosure.MaxAttachment))
	t.POST("/items/:id/questions/:question/notify", c.pursue("notify"), needs(disclosure.MayDecide))
	t.POST("/items/:id/questions/:question/override", c.pursue("override"), needs(disclosure.MayDecide))
	t.POST("/items/:id/questions/:question/close", c.pursue("close"), needs(disclosure.MayDecide))
	t.GET("/items/:id/questions/:question/files/:name", c.questionFile, needs(disclosure.MayRead))
	t.GET("/items/:id/notes", c.notes, needs(disclosure.MayRead))
	t.POST("/items/:id/notes", c.addNote, needs(disclosure.MayRead))
	t.GET("/items/:id/attachments/:n", c.attachment, needs(disclosure.MayRead))
	t.GET("/items/:id/edit", c.editDraft, needs(disclosure.MayCreate))
	t.POST("/items/:id/draft", c.saveDraft, needs(disclosure.MayCreate), upload(disclosure.MaxBody))
	t.POST("/items/:id/attachments", c.attach, needs(disclosure.MayCreate), upload(disclosure.MaxAttachment))
	t.POST("/items/:id/attachments/remove", c.detach, needs(disclosure.MayCreate))
	t.POST("/items/:id/present", c.present, needs(disclosure.MayCreate))
	t.POST("/items/:id/rollback", c.rollBack, needs(disclosure.MayCreate))
	t.POST("/items/:id/submit", c.submit, needs(disclosure.MayCreate))
	t.GET("/items/:id/findings", c.findings, needs(disclosure.MayRead), reads())
	t.POST("/items/:id/findings", c.disposeAll, needs(disclosure.MayCreate))
	t.POST("/items/:id/treat", c.treat, needs(disclosure.MayCreate), reads())
	t.POST("/items/:id/findings/:finding", c.dispose, needs(disclosure.MayCreate))
	t.POST("/items/:id/decision", c.decide, needs(disclosure.MayDecide))
	t.POST("/items/:id/claim", c.assign(disclosure.Claim, "claim"), needs(disclosure.MayDecide))
	t.POST("/items/:id/unclaim", c.assign(disclosure.Unclaim, "claim"), needs(disclosure.MayDecide))
	t.POST("/items/:id/transfer", c.assign(disclosure.Transfer, "transfer"), needs(disclosure.MayDecide))
	t.POST("/items/:id/urge", c.assign(disclosure.Urge, "claim"), needs(disclosure.MayRead))
	t.POST("/items/:id/retract", c.assign(disclosure.Retract, "retract"), needs(disclosure.MayDecide))
	t.POST("/items/:id/signers", c.assign(disclosure.AddSigner, "signers"), needs(disclosure.MayDecide))
	t.POST("/items/:id/dropsigner", c.assign(disclosure.DropSigner, "dropsigner"), needs(disclosure.MayDecide))
	t.POST("/items/:id/follow", c.following(true), needs(disclosure.MayRead))
	t.POST("/items/:id/unfollow", c.following(false), needs(disclosure.MayRead))
	t.GET("/delegations", c.delegations, needs(disclosure.MayDecide, disclosure.MayManage))
	t.POST("/delegations", c.addDelegation, needs(disclosure.MayDecide, disclosure.MayManage))
	t.POST("/delegations/:id/revoke", c.revokeDelegation, needs(disclosure.MayDecide, disclosure.MayManage))
	t.POST("/items/:id/withdraw", c.withdraw, needs(disclosure.MayCreate))
	t.POST("/items/:id/reschedule", c.reschedule, needs(disclosure.MayCreate, disclosure.MayRelease))
	t.POST("/items/:id/correct", c.correct, needs(disclosure.MayCreate))
	t.POST("/items/:id/bypass", c.bypass, needs(disclosure.MayBypass))
	t.GET("/items/:id/reroute", c.reroutes, needs(disclosure.MayRead))
	t.POST("/items/:id/reroute", c.reroute, needs(disclosure.MayDecide, disclosure.MayRelease, disclosure.MayRoute))
	t.POST("/items/:id/extend", c.extend, needs(disclosure.MayRelease))
	t.POST("/items/:id/reevaluate", c.reevaluate, needs(disclosure.MayRelease))
	t.POST("/items/:id/ratify", c.ratify, needs(disclosure.MayRelease))
	t.POST("/items/:id/takedown", c.takeDown, needs(disclosure.MayRelease))
	t.POST("/items/:id/settle", c.settle, needs(disclosure.MayRelease))
	t.POST("/items/:id/restore", c.restore, needs(disclosure.MayRelease))
	t.POST("/items/:id/recall", c.recall, needs(disclosure.MayRelease))
	t.POST("/items/:id/clear", c.clear, needs(disclosure.MayClear))
	t.POST("/items/:id/incident", c.closeIncident, needs(disclosure.MayClear, disclosure.MayRelease))

	t.GET("/campaigns", c.campaigns, needs(disclosure.MayClear))
	t.POST("/campaigns", c.openCampaign, needs(disclosure.MayClear), reads())
	t.GET("/campaigns/:id", c.campaign, needs(disclosure.MayClear))
	t.POST("/campaigns/:id/look", c.lookOn, needs(disclosure.MayClear), reads())
	t.POST("/campaigns/:id/items/:item", c.reviewAgain, needs(disclosure.MayClear))
	t.POST("/campaigns/:id/close", c.closeCampaign, needs(disclosure.MayClear))

	t.missing("/*")
}

// handler answers one visit.
type handler func(v *visit) error

// table adds routes, each behind its own guard.
type table struct {
	c *Console
	e *echo.Echo
}

// GET answers HEAD too: net/http drops the body.
func (t table) GET(path string, h handler, o ...option) {
	t.add(http.MethodGet, path, h, o)
	t.add(http.MethodHead, path, h, o)
}

func (t table) POST(path string, h handler, o ...option) { t.add(http.MethodPost, path, h, o) }

func (t table) add(method, path string, h handler, options []option) {
	r := route{limit: maxForm}
	for _, o := range options {
		o(&r)
	}
	t.e.Add(method, base+path, t.c.guard(r, h))
}

// missing answers addresses that no line above names, for people who are signed in.
func (t table) missing(path string) {
	r := route{stated: true, limit: maxForm}
	t.e.RouteNotFound(base+path, t.c.guard(r, func(*visit) error {
		return disclosure.Refuse(disclosure.NotFound, "")
	}))
}

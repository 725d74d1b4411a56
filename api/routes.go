package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const (
	base       = "/api/v1"
	weChatPath = "/wechat/callback"
)

// routes is the table of everything the API answers, with who may call it. A
// route that does not say is closed.
func (s *Server) routes(e *echo.Echo) {
	g := group{s, e, base}
	g.POST("/session", s.login, public())
	g.DELETE("/session", s.logout, signedIn())
	g.GET("/me", s.me, signedIn())
	g.POST("/proofs", s.prove, signedIn(), changesNothing())
	g.POST("/me/code-app", s.offerCodeApp, signedIn(), changesNothing())
	g.POST("/me/code-app/bind", s.bindCodeApp, signedIn(), changesNothing())
	g.DELETE("/me/code-app", s.unbindCodeApp, signedIn())

	keepers := needs(disclosure.MayAccount, disclosure.MayManage, disclosure.MayAudit)
	g.GET("/people", s.accounts, keepers)
	g.POST("/people", s.addAccount, needs(disclosure.MayAccount))
	g.GET("/people/:id", s.account, keepers)
	g.PATCH("/people/:id", s.changeAccount, needs(disclosure.MayAccount))
	g.PUT("/people/:id/roles", s.grantRoles, needs(disclosure.MayManage))
	g.POST("/people/:id/disable", s.disableAccount, needs(disclosure.MayAccount))
	g.POST("/people/:id/enable", s.enableAccount, needs(disclosure.MayAccount))
	g.POST("/people/:id/reset-password", s.resetPassword, needs(disclosure.MayAccount))
	g.POST("/people/:id/reset-code-app", s.resetCodeApp, needs(disclosure.MayManage))
	g.GET("/sections", s.sections, signedIn())
	g.POST("/sections", s.addSection, needs(disclosure.MayAccount))
	g.GET("/account-changes", s.accountChanges, keepers)
	g.GET("/notices", s.notices, signedIn())
	g.POST("/notices/dismiss", s.dismissNotices, signedIn(), changesNothing())
	g.POST("/notices/:id/dismiss", s.dismissNotice, signedIn(), changesNothing())
	g.GET("/notice-settings", s.noticeSettings, signedIn())
	g.PUT("/notice-settings", s.setNoticeSettings, signedIn())
	g.GET("/tokens", s.tokens, signedIn())
	g.POST("/tokens", s.addToken, signedIn())
	g.DELETE("/tokens/:id", s.revokeToken, signedIn())

	g.GET("/disclosures", s.list, needs(disclosure.MayRead))
	g.POST("/disclosures", s.create, needs(disclosure.MayCreate))
	g.GET("/disclosures/:id", s.get, needs(disclosure.MayRead))
	g.PATCH("/disclosures/:id", s.edit, needs(disclosure.MayCreate))
	g.PUT("/disclosures/:id/body", s.putBody, needs(disclosure.MayCreate), file(disclosure.MaxBody), within(fileTimeout))
	g.POST("/disclosures/:id/attachments", s.addAttachment, needs(disclosure.MayCreate), file(disclosure.MaxAttachment), within(fileTimeout))
	g.DELETE("/disclosures/:id/attachments/:name", s.removeAttachment, needs(disclosure.MayCreate))
	g.GET("/disclosures/:id/files/:name", s.file, needs(disclosure.MayRead))
	g.GET("/disclosures/:id/versions", s.versions, needs(disclosure.MayRead))
	g.GET("/disclosures/:id/diff", s.diff, needs(disclosure.MayRead), within(fileTimeout))
	g.GET("/disclosures/:id/timeline", s.timeline, needs(disclosure.MayRead))
	g.GET("/disclosures/:id/review-form", s.reviewForm, needs(disclosure.MayRead), within(fileTimeout))
	g.GET("/disclosures/:id/checklist", s.checklist, needs(disclosure.MayRead))
	g.POST("/disclosures/:id/rollback", s.rollBack, needs(disclosure.MayCreate))
	g.GET("/records/opinions", s.opinionRecord, needs(disclosure.MayDecide, disclosure.MayRelease), within(fileTimeout))
	g.GET("/records/reviews", s.reviewRecord, needs(disclosure.MayRelease, disclosure.MayClear), within(fileTimeout))
	g.GET("/rule-sets", s.ruleSets, needs(disclosure.MayRead, disclosure.MayAudit, disclosure.MayCurate))
	g.GET("/disclosures/:id/trail", s.trail, needs(disclosure.MayRead))

	g.POST("/disclosures/:id/corrections", s.correct, needs(disclosure.MayCreate))
	g.POST("/disclosures/:id/submit", s.submit, needs(disclosure.MayCreate))
	g.GET("/disclosures/:id/findings", s.findings, needs(disclosure.MayRead))
	g.POST("/disclosures/:id/findings/:fid/disposition", s.dispose, needs(disclosure.MayCreate))
	g.POST("/disclosures/:id/treat", s.treat, needs(disclosure.MayCreate), within(fileTimeout))
	g.POST("/disclosures/:id/decisions", s.decide, needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/withdraw", s.withdraw, needs(disclosure.MayCreate))
	g.POST("/disclosures/:id/reschedule", s.reschedule, needs(disclosure.MayCreate, disclosure.MayRelease))
	g.POST("/disclosures/:id/bypass", s.bypass, needs(disclosure.MayBypass))
	g.GET("/disclosures/:id/reroutes", s.reroutes, needs(disclosure.MayRead))
	g.POST("/disclosures/:id/reroute", s.reroute, needs(disclosure.MayDecide, disclosure.MayRelease, disclosure.MayRoute))
	g.POST("/disclosures/:id/extensions", s.extend, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/ratify", s.ratify, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/reevaluate", s.reevaluate, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/take-down", s.takeDown, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/restore", s.restore, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/recall", s.recall, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/clear", s.clear, needs(disclosure.MayClear))
	g.POST("/disclosures/:id/incident/close", s.closeIncident, needs(disclosure.MayClear, disclosure.MayRelease))
	g.GET("/inbox", s.inbox, needs(disclosure.MayRead))

	g.POST("/disclosures/:id/claim", s.assign(disclosure.Claim), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/unclaim", s.assign(disclosure.Unclaim), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/transfer", s.assign(disclosure.Transfer), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/urge", s.assign(disclosure.Urge), needs(disclosure.MayRead))
	g.POST("/disclosures/:id/retract", s.assign(disclosure.Retract), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/signers", s.assign(disclosure.AddSigner), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/signers/drop", s.assign(disclosure.DropSigner), needs(disclosure.MayDecide))
	g.PUT("/disclosures/:id/follow", s.follow, needs(disclosure.MayRead))
	g.DELETE("/disclosures/:id/follow", s.unfollow, needs(disclosure.MayRead))
	g.GET("/colleagues", s.colleagues, needs(disclosure.MayDecide, disclosure.MayManage))
	g.GET("/delegations", s.delegations, needs(disclosure.MayDecide, disclosure.MayManage))
	g.POST("/delegations", s.addDelegation, needs(disclosure.MayDecide, disclosure.MayManage))
	g.DELETE("/delegations/:id", s.revokeDelegation, needs(disclosure.MayDecide, disclosure.MayManage))

	g.GET("/disclosures/:id/comments", s.comments, needs(disclosure.MayRead), within(fileTimeout))
	g.POST("/disclosures/:id/comments", s.addComment, needs(disclosure.MayRead), within(fileTimeout))
	g.POST("/disclosures/:id/comments/:comment/reply", s.replyComment, needs(disclosure.MayRead), within(fileTimeout))
	g.POST("/disclosures/:id/comments/:comment/resolve", s.resolveComment(false), needs(disclosure.MayRead), within(fileTimeout))
	g.POST("/disclosures/:id/comments/:comment/reopen", s.resolveComment(true), needs(disclosure.MayRead), within(fileTimeout))
	g.GET("/disclosures/:id/previews", s.previews, needs(disclosure.MayRead))
	g.POST("/disclosures/:id/previews", s.addPreview, needs(disclosure.MayRead))
	g.DELETE("/disclosures/:id/previews/:preview", s.revokePreview, needs(disclosure.MayRead))
	g.GET("/questions", s.openQuestions, needs(disclosure.MayRead))
	g.GET("/question-kinds", s.questionKinds, needs(disclosure.MayRead))
	g.GET("/disclosures/:id/questions", s.questions, needs(disclosure.MayRead))
	g.POST("/disclosures/:id/questions", s.ask, needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/questions/:qid/send", s.pursue(disclosure.SendQuestion), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/questions/:qid/receive", s.pursue(disclosure.ReceiveQuestion), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/questions/:qid/answer", s.pursue(disclosure.AnswerQuestion), needs(disclosure.MayRead))
	g.POST("/disclosures/:id/questions/:qid/notify", s.pursue(disclosure.NotifyQuestion), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/questions/:qid/override", s.pursue(disclosure.OverrideQuestion), needs(disclosure.MayDecide))
	g.POST("/disclosures/:id/questions/:qid/close", s.pursue(disclosure.CloseQuestion), needs(disclosure.MayDecide))
	g.PUT("/disclosures/:id/questions/:qid/scan", s.keepScan, needs(disclosure.MayRead), file(disclosure.MaxAttachment), within(fileTimeout))
	g.GET("/disclosures/:id/questions/:qid/files/:name", s.questionFile, needs(disclosure.MayRead))

	g.GET("/releases", s.releases, needs(disclosure.MayRead))
	g.GET("/disclosures/:id/clocks", s.clocks, needs(disclosure.MayRead))
	g.GET("/disclosures/:id/plan", s.plan, needs(disclosure.MayRead))
	g.GET("/announcements", s.announcements, needs(disclosure.MayRead))
	g.POST("/announcements", s.announce, needs(disclosure.MayCreate, disclosure.MayRelease))
	g.GET("/announcements/:id", s.announcement, needs(disclosure.MayRead))
	g.POST("/announcements/:id/lines", s.changeAnnouncement, needs(disclosure.MayCreate, disclosure.MayRelease))
	g.POST("/announcements/:id/lines/:line/settle", s.settleAnnouncement, needs(disclosure.MayCreate, disclosure.MayRelease))
	g.POST("/announcements/:id/withdraw", s.withdrawAnnouncement, needs(disclosure.MayRelease))
	g.GET("/calendar-years", s.calendarYears, needs(disclosure.MayRead, disclosure.MayCalendar, disclosure.MayAudit))
	g.POST("/calendar-years", s.proposeCalendarYear, needs(disclosure.MayCalendar))
	g.GET("/calendar-years/:year/:version", s.calendarYear, needs(disclosure.MayRead, disclosure.MayCalendar, disclosure.MayAudit))
	g.POST("/calendar-years/:year/:version/settle", s.settleCalendarYear, needs(disclosure.MayCalendar))
	g.GET("/routes", s.allRoutes, needs(disclosure.MayRead, disclosure.MayRoute, disclosure.MayAudit))
	g.POST("/routes", s.proposeRoute, needs(disclosure.MayRoute))
	g.POST("/routes/simulate", s.simulateRoute, needs(disclosure.MayRead, disclosure.MayRoute), changesNothing())
	g.GET("/routes/:id/:version", s.route, needs(disclosure.MayRead, disclosure.MayRoute, disclosure.MayAudit))
	g.POST("/routes/:id/:version/settle", s.settleRoute, needs(disclosure.MayRoute))
	g.GET("/blackouts", s.blackouts, needs(disclosure.MayRead))
	g.POST("/blackouts", s.addBlackout, needs(disclosure.MayRelease))
	g.DELETE("/blackouts/:id", s.liftBlackout, needs(disclosure.MayRelease))
	g.GET("/freeze", s.freezes, needs(disclosure.MayRead))
	g.POST("/freeze", s.freeze, needs(disclosure.MayRelease))
	g.DELETE("/freeze", s.unfreezeOnly, needs(disclosure.MayRelease))
	g.DELETE("/freeze/:id", s.unfreeze, needs(disclosure.MayRelease))

	g.GET("/lexicon", s.lexicons, needs(disclosure.MayCurate))
	g.GET("/lexicon/:version", s.lexicon, needs(disclosure.MayCurate))
	g.PUT("/lexicon", s.importLexicon, needs(disclosure.MayCurate), file(desk.MaxLexicon))
	g.POST("/disclosures/:id/rehearse", s.rehearse, needs(disclosure.MayCreate, disclosure.MayRelease))
	g.POST("/disclosures/:id/settle-companion", s.settleCompanion, needs(disclosure.MayRelease))
	g.POST("/disclosures/:id/repair", s.repair, needs(disclosure.MayRelease))
	g.GET("/channels", s.channelHealth, needs(disclosure.MayRead))
	g.GET("/drift", s.drift, needs(disclosure.MayRelease))
	g.GET("/batches", s.batches, needs(disclosure.MayRead))
	g.POST("/batches", s.addBatch, needs(disclosure.MayCreate))
	g.GET("/batches/:id", s.batch, needs(disclosure.MayRead))
	g.POST("/batches/:id/reschedule", s.rescheduleBatch, needs(disclosure.MayRelease))
	g.POST("/batches/:id/recall", s.recallBatch, needs(disclosure.MayRelease))
	g.POST("/batches/:id/leave", s.leaveBatch, needs(disclosure.MayRelease))

	g.GET("/rules/preview", s.rulesPreview, needs(disclosure.MayCurate))

	g.GET("/disclosures/:id/evidence", s.evidence, needs(disclosure.MayClear, disclosure.MayRelease))
	g.GET("/campaigns", s.campaigns, needs(disclosure.MayClear))
	g.POST("/campaigns", s.openCampaign, needs(disclosure.MayClear), within(fileTimeout))
	g.POST("/campaigns/try", s.tryCampaign, needs(disclosure.MayClear), within(fileTimeout), changesNothing())
	g.GET("/campaigns/:id", s.campaign, needs(disclosure.MayClear))
	g.POST("/campaigns/:id/look", s.lookOn, needs(disclosure.MayClear), within(fileTimeout))
	g.POST("/campaigns/:id/items/:item/review", s.reviewAgain, needs(disclosure.MayClear))
	g.POST("/campaigns/:id/close", s.closeCampaign, needs(disclosure.MayClear))

	g.GET("/log/checkpoint", s.checkpoint, needs(disclosure.MayAudit))
	g.GET("/log/export", s.export, needs(disclosure.MayAudit), within(exportTimeout))

	g.POST("/scan", s.scan, needs(disclosure.MayCreate), file(disclosure.MaxAttachment), within(scanTimeout), changesNothing())

	g.GET("/catalogue", s.catalogue, signedIn())
	g.GET("/openapi.yaml", s.openapi, public())
	g.GET("/docs", s.docs, public())
	g.GET("/docs.css", s.docsStyle, public())
	g.GET("/webhook.schema.json", s.webhookSchema, public())

	root := group{s, e, ""}
	root.GET("/healthz", s.health, public())
	root.GET("/readyz", s.ready, public())
	root.GET("/metrics", s.metrics, needs(disclosure.MayWatch))
	root.GET(weChatPath, s.weChat, public())
	root.POST(weChatPath, s.weChat, public())
}

// ours says whether the API answers for path, also when nothing is there.
func ours(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || slices.Contains([]string{"/healthz", "/readyz", "/metrics", weChatPath}, path)
}

// group adds routes under a prefix, each behind its own guard.
type group struct {
	s      *Server
	e      *echo.Echo
	prefix string
}

// GET answers HEAD too: net/http drops the body.
func (g group) GET(path string, h echo.HandlerFunc, o ...option) {
	g.add(http.MethodGet, path, h, o)
	g.add(http.MethodHead, path, h, o)
}

func (g group) POST(path string, h echo.HandlerFunc, o ...option) { g.add(http.MethodPost, path, h, o) }

func (g group) PUT(path string, h echo.HandlerFunc, o ...option) { g.add(http.MethodPut, path, h, o) }

func (g group) PATCH(path string, h echo.HandlerFunc, o ...option) {
	g.add(http.MethodPatch, path, h, o)
}

func (g group) DELETE(path string, h echo.HandlerFunc, o ...option) {
	g.add(http.MethodDelete, path, h, o)
}

func (g group) add(method, path string, h echo.HandlerFunc, options []option) {
	r := route{limit: maxJSON, timeout: g.s.options.Timeout}
	for _, o := range options {
		o(&r)
	}
	path = g.prefix + path
	g.s.access[method+" "+path] = r.stated
	if method == http.MethodPost && !r.public && !r.harmless {
		h = g.s.once(h)
	}
	g.e.Add(method, path, g.s.guard(r, h))
}

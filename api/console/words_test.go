package console

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func TestEveryWordIsInBothLanguages(t *testing.T) {
	t.Parallel()

	require.Equal(t, slices.Sorted(maps.Keys(catalogues[chinese])), slices.Sorted(maps.Keys(catalogues[english])))
	slot := regexp.MustCompile(`\{\w+\}`)
	for key, zh := range catalogues[chinese] {
		en := catalogues[english][key]
		require.Equal(t, zh == "", en == "", key)
		if !strings.HasPrefix(key, "layout.") {
			require.ElementsMatch(t, slot.FindAllString(zh, -1), slot.FindAllString(en, -1), key)
		}
	}
}

// groups are the words that pages find by a name from data.
var workTabs = []string{desk.WorkTasks, desk.WorkOverdue, desk.WorkMine, desk.WorkReady, desk.WorkDone, desk.WorkAll}

var groups = map[string][]string{
	"tab": workTabs, "empty": workTabs, "dated": {desk.WorkMine, desk.WorkReady, desk.WorkDone, desk.WorkAll}, "group": {"overdue", "today", "later"},
	"period":    {"month", "before", "quarter", "year"},
	"chart":     {"backlog", "steps", "outcomes", "classes", "rules", "punctual", "limits", "bypasses"},
	"chartnote": {"backlog", "steps", "outcomes", "classes", "rules", "punctual", "limits", "bypasses"},
	"column":    {"section", "open", "overdue", "age0", "age1", "age2", "age3", "oldest", "step", "n", "median", "ninety", "late", "outcome", "class", "found", "undone", "mended", "false", "lawful", "rule", "punctual", "limits", "number", "by", "at"},
	"line":      {"1s", "10s", "60s", "later", "never", "met", "missed", "waiting", "none"},
	"before":    calendarPage{}.Views(), "this": calendarPage{}.Views(), "after": calendarPage{}.Views(), "view": calendarPage{}.Views(),
	"release": {"out", "armed", "frozen", "late", "block", "plan"}, "remains": {"days", "hours", "minutes"}, "over": {"days", "hours", "minutes"},
	"verb":      {"view", "edit", "dispose", "decide"},
	"attribute": {disclosure.Proactive, disclosure.OnRequest, disclosure.Withheld}, "attributehint": {disclosure.Proactive, disclosure.OnRequest, disclosure.Withheld},
	"late":        {string(disclosure.LateNow), string(disclosure.LateWindow), string(disclosure.LateHold)},
	"disposition": {string(disclosure.FalseAlarm), string(disclosure.LawfulHere)},
	"class":       {"block", "hold", "warn", "info"}, "mark": {"ok", "now", "nx", "back"},
	"effect":     {"pending", "sending", "unknown", "confirmed", "failed", "recalled"},
	"changed":    {"metadata", "body", "attachments", "attribute", "channels", "release", "ties", "route", "rule_set"},
	"reevaluate": {"waiting", "overdue", string(disclosure.StaysClosed), string(disclosure.MayBeOpen)},
	"ratify":     {"waiting", "overdue", string(disclosure.Ratified), string(disclosure.Objected)},
	"done":       {"create", "save", "attach", "detach", "submit", "dispose", "treat", "decide", "withdraw", "reschedule", "recall", "clear", "incident", "ratify", "reevaluate", "extend", "reroute", "yeared", "yearok", "yearno", "announced", "announceok", "announceno", "announcegone", "takedown", "restore", "settle", "batch", "freeze", "unfreeze", "campaign", "review", "closed", "blackout", "unblackout", "claim", "unclaim", "transfer", "urge", "retract", "add_signer", "drop_signer", "follow", "unfollow", "delegate", "undelegate", "routed", "routeok", "routeno", "view", "noview", "note", "comment", "reply", "resolve", "reopen", "ask", "question", "dismissed", "mail", "bound", "unbound", "rollback", "lexicon"},
	"paper":      {"pdf", "docx"}, "rulechange": {"added", "changed"},
	"change": {"add", "change", "roles", "disable", "enable", "reset", "token", "revoke", "section", "bind", "unbind"}, "fact": {"login", "name", "section", "roles", "disabled", "token", "code_app"},
	"may":       {"create", "read", "decide", "clear", "release", "bypass", "curate", "audit", "watch", "manage", "account", "route", "calendar"},
	"trouble":   {"unarmed", "unrehearsed", "stuck_effect", "stuck_check", "told_otherwise"},
	"announced": {"proposed", "refused", "provisional", "confirmed", "cancelled", "released", "passed", "withdrawn"},
	"yearstate": {"proposed", "refused", "in_force", "replaced"}, "yearmove": {"task", "question", "limit", "release"},
	"routestate": {"proposed", "refused", "planned", "in_force", "replaced"}, "rule": {"all", "any", "some"}, "limit": {"working_day", "hour", "minute"},
	"design.is":  {"block", "hold", "warn", "ok", "late", "frozen", "armed", "out", "plain"},
	"correction": {"minor", "substantive", "minor.what", "substantive.what"},
	"looked":     {"before", "after"},
	"since":      {"approved", "decided", "before", "public", "chosen"}, "what": {"added", "removed", "renamed", "changed"},
	"review":  {string(disclosure.ReviewKeep), string(disclosure.ReviewWithdraw), string(disclosure.ReviewRecall)},
	"weekday": {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, "scope": {"all", "unit", "channel", "kind"},
	"channel": {"portal", "webhook", "directory", "wechat"}, "cause": {"not_examined", "missed", "frozen", "batch", disclosure.CauseBlackout, disclosure.CauseExpired, "companion", "companion_lacking"}, "seen": {"gone", "other"}, "lacking": {"not_approved", "another_instant", "held", "ended"},
	"field": {
		"login", "password", "proof", "code", "title", "kind", "document_number", "index_number", "formed_on", "topic", "keywords", "summary", "body", "important", "attribute",
		"basis", "reason", "channels", "release.at", "release.latest", "release.late", "at", "opinion", "outcome", "return_to", "disposition", "file", "scope", "value", "name",
		"release.until", "release.public_days", "close_earlier", "correction_type", "type", "successor", "document", "batch", "interprets", "no_interpretation", "continues", "continues.number", "continues.as", "from", "until", "view", "note",
		"email", "language", "digest", "quiet_from", "quiet_until",
		"part", "quote", "comment",
		"planned", "item", "addressee", "ask", "on", "how", "reply", "words", "scan", "ground",
		"person", "reader", "hours", "where", "step", "giver", "delegate", "on_behalf", "version", "comments",
	},
	"unit": {"working_day", "natural_day", "hour", "minute"}, "daywhy": {"weekday", "working_weekend", "weekend", "holiday"},
	"previewstate": {"open", "waiting", "expired", "revoked", "newer_version", "stopped", "frozen", "released"},
	"trailsort":    {"all", "act", "read", "refused"},
	"audit": {
		"create", "correct", "edit", "put_body", "add_attachment", "remove_attachment", "treat", "quarantine", "keep_evidence", "close_incident", "settle_companion", "re_review", "drift", "ratify", "reevaluate", "ask_reevaluation", "extend",
		"comment", "reply_comment", "resolve_comment", "reopen_comment", "note", "keep_scan", "leave_batch", "join_batch", "rehearse", "follow", "clocks", "questions",
		"read", "read_file", "read_findings", "read_versions", "read_timeline", "read_comparison", "read_comments", "read_notes", "read_plan", "read_question_file", "read_evidence", "read_review_form", "add_preview", "revoke_preview", "read_preview", "read_previews", "roll_back", "checklist",
	},
	"question": {"drafted", "sent", "received", "answered", "silent", "overridden", "withdrawn"}, "letter": {"ask", "notice", "scan"},
	"pursue": {"send", "receive", "answer", "notify", "override", "close"}, "pursuehint": {"send", "receive", "answer", "notify", "override", "close"},
	"treat": {"mask", "remove"}, "treatment": {"mask", "remove", "ask"},
	"unread": {
		"encrypted", "truncated", "damaged", "too_large", "too_many_parts", "too_deep", "too_slow", "unsupported_type", "bad_encoding", "xml_bomb", "needs_converter", "image",
	},
	"withdraw": {"title", "what", "button"}, "recall": {"title", "what", "button"}, "restore": {"title", "what", "button"}, "settle": {"title", "what", "button"},
	"where": {disclosure.SignBefore, disclosure.SignBeside, disclosure.SignAfter}, "retract": {"title", "what", "button"},
	"relation": {"policy", "interpretation", "earlier", "later"}, "chain": {"update", "upgrade", "downgrade", "cancel"},
	"left": {string(disclosure.TrailGone), string(disclosure.TrailNotice), string(disclosure.TrailVisible)},
}

func TestEveryWordThatIsUsedExistsAndNoSentenceStandsInATemplate(t *testing.T) {
	t.Parallel()

	words := catalogues[chinese]
	for group, ids := range groups {
		for _, id := range ids {
			require.Contains(t, words, group+"."+id)
		}
	}
	inPage := regexp.MustCompile(`\.T "([^"]+)"`)
	inCode := regexp.MustCompile(`(?:\.T|say|bare|frame|format)\((?:v\.lang, |v, )?"([^"]+)"`)
	naming := regexp.MustCompile(`\.Name "([^"]+)"`)
	code, err := fs.Glob(sources, "*.go")
	require.NoError(t, err)
	pages, err := fs.Glob(files, "pages/*.html")
	require.NoError(t, err)
	used := 0
	for _, name := range slices.Concat(code, pages) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := fs.ReadFile(sources, name)
		require.NoError(t, err)
		for _, found := range slices.Concat(inPage.FindAllSubmatch(raw, -1), inCode.FindAllSubmatch(raw, -1)) {
			if key := string(found[1]); !strings.HasSuffix(key, ".") {
				require.Contains(t, words, key, name)
				used++
			}
		}
		for _, found := range naming.FindAllSubmatch(raw, -1) {
			require.Contains(t, groups, string(found[1]), name)
		}
		// 审 is the sign of the product; the rest are marks between words.
		if strings.HasSuffix(name, ".html") {
			require.NotRegexp(t, `[^\x00-\x{2fff}（），　審审]`, string(raw), name)
		}
	}
	require.Greater(t, used, 150)
}

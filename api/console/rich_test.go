package console

import (
	"html"
	"slices"
	"time"

	"shenfa/internal/compare"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const sampleBody = `<h1>关于2026年11月危险化学品经营企业安全检查情况的通报</h1><p>各有关单位：</p><p>2026年11月9日至13日，我局对辖区12家危险化学品经营企业开展安全检查，共发现问题隐患31项，未发现重大事故隐患。</p><h2>一、检查情况</h2><p>检查组重点核查了储存设施、应急预案和从业人员持证情况。</p><table><thead><tr><th>企业</th><th>问题</th></tr></thead><tbody><tr><td>示例甲化工经营部</td><td>上岗证过期</td></tr></tbody></table><h2>二、整改要求</h2><ol><li>相关企业应于2026年11月30日前完成整改。</li><li>各街镇逐项复核。</li></ol>`

func refer[T any](v T) *T { return &v }

// rich is a desk in the middle of its work. mark stands in every text that people
// typed, so that a test can look for it.
// changes are the paragraphs that changed between two texts.
func changes(before, after string) []compare.Paragraph {
	return slices.DeleteFunc(compare.Texts(before, after), func(p compare.Paragraph) bool { return p.Kind == compare.Same })
}

func rich(mark string) *fake {
	hash := disclosure.HashOf([]byte("v4"))
	route := disclosure.Routes()[0]
	at := func(d, h, m int) time.Time { return time.Date(2026, 11, d, h-8, m, 0, 0, time.UTC) }
	sum := desk.Summary{
		ID: "d1", Number: "2026-0038", Title: "关于2026年11月危险化学品经营企业安全检查情况的通报" + mark, Kind: "enforcement", State: disclosure.InReview, Step: "leader", Version: 4,
		Drafter: desk.Ref{ID: "p1", Name: "周衡" + mark}, Section: desk.Ref{ID: "s1", Name: "危化科" + mark}, ReleaseAt: refer(at(26, 9, 0)), UpdatedAt: at(24, 10, 0),
	}
	due := desk.TaskView{Disclosure: sum, Step: "leader", StepZh: "分管领导审签", StepEn: "Deputy leader's sign-off", Role: disclosure.DeputyLeader, OpenedAt: at(24, 10, 20), DueAt: at(25, 17, 30), Mine: true}
	late := due
	late.Disclosure.ID, late.Disclosure.Number, late.Disclosure.Title, late.DueAt, late.Overdue = "d2", "2026-0035", "森林防灭火值守物资采购结果公告"+mark, at(20, 17, 30), true
	late.Disclosure.OpenFindings = 1
	later := due
	later.Disclosure.ID, later.Disclosure.Number, later.Disclosure.Title, later.DueAt, later.Mine = "d3", "2026-0039", "关于调整2026年度应急演练计划的通知"+mark, at(27, 17, 30), false
	content := disclosure.Content{SHA256: "aa", Length: 190_000, Type: "application/pdf"}
	draft := disclosure.Draft{
		Metadata: disclosure.Metadata{
			Title: sum.Title, Kind: "enforcement", DocumentNumber: "栖应急〔2026〕38号" + mark, IndexNumber: "00008812-6/2026-00000131" + mark, FormedOn: "2026-11-16",
			Topic: "安全生产" + mark, Keywords: []string{"危险化学品" + mark}, Summary: "通报 11 月 9 日至 13 日对 12 家企业的检查情况：隐患 31 项，无重大事故隐患。" + mark,
		},
		Important: true, Attribute: disclosure.Proactive, Basis: "《政府信息公开条例》第二十条" + mark, Reason: mark, Channels: []string{"portal", "wechat"},
		Release:     disclosure.Plan{At: at(26, 9, 0), Zone: disclosure.DefaultZone, Late: disclosure.LateHold},
		Body:        &disclosure.File{Named: disclosure.Named{Name: "body.html", Content: content}},
		Source:      &disclosure.File{Named: disclosure.Named{Name: "通报.docx" + mark, Content: content}},
		Attachments: []disclosure.File{{Named: disclosure.Named{Name: "检查问题清单.xlsx" + mark, Content: content}}, {Named: disclosure.Named{Name: "检查现场.pdf" + mark, Content: content}}},
	}
	decision := func(n int, step, zh, who, opinion string, when time.Time) desk.Decision {
		return desk.Decision{Act: "a", Version: n, Step: step, StepZh: zh, StepEn: zh, Person: desk.Ref{ID: "x" + who, Name: who + mark}, Outcome: disclosure.Disclose, Basis: "《条例》第十四条" + mark, Opinion: opinion + mark, Manifest: hash, Counts: n == 4, At: when}
	}
	finding := func(id, class, file string, line int, reason string, d disclosure.Disposition) desk.Finding {
		f := desk.Finding{ID: id, Version: 4, File: file + mark, Part: "body", Line: line, Class: class, Rule: "PII-ID18", RuleSet: "2026.11-2", Excerpt: "990102********2316" + mark, Context: "从业人员张某（身份证号…）" + mark, Reason: reason + mark, ReasonEn: reason + mark, Basis: "《个人信息保护法》第二十八条" + mark, Disposition: d}
		if d != "" {
			f.Why, f.By, f.At = "已与原件核对"+mark, &desk.Ref{ID: "p1", Name: "周衡" + mark}, refer(at(23, 9, 0))
		}
		return f
	}
	event := func(when time.Time, who, act, zh string, from, to disclosure.State, opinion string) desk.Event {
		return desk.Event{At: when, Actor: desk.Ref{ID: who, Name: who + mark}, Act: act, ActZh: zh, ActEn: act, From: from, To: to, Version: 4, Manifest: hash, Opinion: opinion + mark, Seq: refer(int64(20411))}
	}
	system := event(at(23, 9, 1), "system", "checked", "检查", disclosure.Checking, disclosure.InReview, "")
	armed := sum
	armed.ID, armed.Title, armed.State = "d5", "低温雨雪天气安全提示"+mark, disclosure.Armed
	shown := sum
	shown.OpenFindings = 2
	returned := sum
	returned.ID, returned.Title, returned.State, returned.OpenFindings = "d6", "避难场所名录（2026年版）"+mark, disclosure.Returned, 0
	released := sum
	released.ID, released.Title, released.State = "d7", "森林火险橙色预警解除信息"+mark, disclosure.Released
	failed := sum
	failed.ID, failed.Title, failed.State = "d8", "11 月执法检查计划公示"+mark, disclosure.Failed
	f := &fake{
		newcomer: "王柏" + mark,
		mark:     mark, next: "NEXT",
		drift: []desk.Sighting{{ID: "d1", Number: "2026-0038" + mark, Channel: "webhook", Seen: "gone", At: at(24, 9, 0)}},
		batches: []desk.Batch{{
			ID: "b1", Title: "办法和解读" + mark, At: at(26, 9, 0), By: desk.Ref{ID: "p1", Name: "周衡" + mark}, Hidden: 1,
			Items: []desk.BatchItem{{Disclosure: sum, Lacking: "not_approved"}},
		}},
		item: desk.Disclosure{
			Summary: shown, Draft: draft, DraftRevision: 7, ManifestHash: hash, ShortCode: hash.Short(), Manifest: &disclosure.Manifest{}, Route: &route, RuleSet: "2026.11-2",
			Decisions: []desk.Decision{
				decision(4, "section", "科室审核", "林岚", "数据已与检查记录核对。", at(18, 10, 12)),
				decision(4, "confidentiality", "保密审查", "沈砚", "净化件不含国家秘密、工作秘密和个人信息。", at(23, 14, 5)),
			},
			Tasks: []desk.TaskView{due}, ReturnTargets: []string{"drafter", "section", "confidentiality"},
			Lawful:    &desk.Lawful{Latest: at(30, 24, 0), Law: "《条例》第二十六条，形成之日起 20 个工作日", Calendar: "2026-2", Provisional: true},
			Effects:   []desk.Effect{{Channel: "portal", State: "confirmed", SentAt: refer(at(26, 9, 0)), SeenAt: refer(at(26, 9, 1))}, {Channel: "wechat", State: "failed", Cause: "refused" + mark}},
			Rehearsal: &desk.Rehearsal{Rung: "1h", Causes: []string{"frozen"}, At: at(24, 9, 0)},
			Cause:     "missed", PublicURL: "/items/2026-0038", Can: []string{"edit", "submit", "dispose", "decide", "withdraw", "reschedule", "recall", "take_down", "clear"}, CreatedAt: at(16, 9, 0),
			Incident: &desk.Incident{ID: "i1", Type: "recall", OpenedAt: at(25, 8, 0), DueAt: at(26, 8, 0), Line: "可疑的一行" + mark, Cleared: []desk.Ref{{ID: "p9", Name: "沈砚" + mark}}},
		},
		body:  sampleBody + "<p>" + html.EscapeString(mark) + "</p>",
		tasks: []desk.TaskView{late, due, later}, list: []desk.Summary{armed, returned},
		versions: []desk.Version{{N: 3, ManifestHash: "seen", By: desk.Ref{Name: "周衡" + mark}}, {N: 4, ManifestHash: hash, By: desk.Ref{Name: "周衡" + mark}, Changed: []string{"body", "attachments"}}},
		diff: desk.Comparison{
			From: 3, To: 4, Why: desk.SinceApproved, By: &desk.Ref{ID: "p3", Name: "林岚" + mark}, Unchanged: []string{"title", "kind", "basis", "企业名单.pdf" + mark},
			Fields: []desk.FieldChange{
				{Field: "summary", Spans: compare.Words("隐患 31 项。"+mark, "隐患 33 项。"+mark)},
				{Field: "channels", Before: "portal", After: "portal\nwechat"},
				{Field: "release.at", Before: disclosure.FacetOnApproval, After: "2026-11-26 09:00"},
			},
			Files: []desk.FileChange{
				{Name: "body", What: desk.FileChanged, Before: 9000, After: 9100, Same: 8, Paragraphs: append(changes("现场负责人联系电话123****0089。"+mark, "现场负责人联系电话见我局公开电话。"+mark), compare.Paragraph{Kind: compare.Moved, Old: 7, New: 5, Spans: []compare.Span{{Kind: compare.Same, Text: "二、整改要求" + mark}}})},
				{Name: "检查问题清单.xlsx" + mark, What: desk.FileChanged, Before: 19000, After: 18000, Unread: true, Paragraphs: changes("讨论稿意见：期限拟放宽。", "")},
				{Name: "新清单.pdf" + mark, Was: "旧清单.pdf" + mark, What: desk.FileRenamed, Before: 10, After: 10},
				{Name: "附图.pdf", What: desk.FileAdded, After: 3 << 20},
				{Name: "草图.pdf", What: desk.FileRemoved, Before: 512},
			},
		},
		findings: []desk.Finding{
			finding("f1", "HOLD", "body", 3, "居民身份证号，公开会泄露个人信息。", ""), finding("f2", "BLOCK", "检查问题清单.xlsx", 0, "隐藏列含 3 个身份证号。", ""),
			finding("f3", "WARN", "body", 9, "统一社会信用代码校验不符。", disclosure.FalseAlarm), finding("f4", "INFO", "body", 9, "引用文号。", ""),
		},
		readings: map[string]desk.Reading{},
		events: []desk.Event{
			event(at(16, 9, 12), "周衡", "submit", "提交", disclosure.Drafting, disclosure.Checking, ""), system,
			event(at(23, 14, 5), "沈砚", "decide", "审签", disclosure.InReview, disclosure.InReview, "可以公开。"),
		},
		planned: []desk.ReleaseView{
			{Disclosure: released, At: at(25, 8, 30), Channels: []string{"portal", "wechat"}, Effects: []desk.Effect{{Channel: "portal", State: "confirmed"}}},
			{Disclosure: failed, At: at(25, 8, 0), Channels: []string{"portal"}},
			{Disclosure: armed, At: at(26, 9, 0), Channels: []string{"portal", "wechat"}},
			{Disclosure: armed, At: at(27, 15, 0), Channels: []string{"wechat"}, Frozen: true},
			{Disclosure: sum, At: at(27, 9, 0), Channels: []string{"portal"}},
		},
		freezes: []desk.Freeze{{ID: "z1", Scope: "channel", Value: "wechat", Reason: "接口凭据失效，等平台更换" + mark, By: desk.Ref{ID: "p3", Name: "何舟" + mark}, At: at(25, 8, 10)}, {ID: "z0", Scope: "all", LiftedAt: refer(at(20, 8, 0))}},
	}
	f.item.Manifest.Attachments = []disclosure.Named{draft.Attachments[0].Named, draft.Attachments[1].Named}
	f.read(mark)
	return f
}

// read puts the findings into the files they are in.
func (f *fake) read(mark string) {
	sheet := f.item.Draft.Attachments[0].Name
	mobile := f.findings[0]
	mobile.ID, mobile.Rule, mobile.Treatment, mobile.Mask, mobile.Excerpt, mobile.Reason = "f5", "mobile", "mask", "138****5678"+mark, "13812345678"+mark, "手机号码"+mark
	again := mobile
	again.ID, again.File, again.Part = "f6", sheet, "sheet 清单"+mark
	f.findings[0].File, f.findings[0].Treatment, f.findings[0].Mask = "body", "mask", "990102********2316"
	f.findings[1].File, f.findings[1].Part, f.findings[1].Hidden, f.findings[1].Treatment = sheet, "hidden columns of sheet 清单"+mark, true, "remove"
	f.findings[2].File, f.findings[3].File, mobile.File = "body", "body", "body"
	f.findings = append(f.findings, mobile, again)
	var all []desk.ReadingFinding
	for _, x := range f.findings {
		all = append(all, desk.ReadingFinding{Finding: x})
	}
	off := func(s string) desk.Segment { return desk.Segment{Text: s} }
	on := func(s string, ids ...string) desk.Segment { return desk.Segment{Text: s, Findings: ids} }
	f.readings["body"] = desk.Reading{Version: 4, File: "body", Name: "通报.docx" + mark, Opened: true, Findings: all, Parts: []desk.ReadingPart{
		{Name: "body", Segments: []desk.Segment{
			off("关于危险化学品检查的通报" + mark + "\n张某（身份证号"), on("990102199003072316", "f1"), off("）\n代码\t"), on("91990100MA00000X1Y", "f3"), off("\t"),
			on("栖应急〔2026〕", "f4"), on("38号", "f4", "f5"), on("13812345678"+mark, "f5"), off("\n"),
		}},
		{Name: "comment 2 (赵某" + mark + ")", Hidden: true, Segments: []desk.Segment{off("没有疑点的批注" + mark)}},
		{Name: "image 1", Unread: "image", Segments: []desk.Segment{off("image1.png" + mark)}},
	}}
	f.readings[sheet] = desk.Reading{Version: 4, File: sheet, Name: sheet, Opened: true, Changed: true, Findings: all, Parts: []desk.ReadingPart{
		{Name: "sheet 清单" + mark, Grid: true, Segments: []desk.Segment{off("企业\t电话\n示例甲" + mark + "\t"), on("13812345678"+mark, "f6")}},
		{Name: "hidden columns of sheet 清单" + mark, Hidden: true, Grid: true, Findings: []string{"f2"}, Segments: []desk.Segment{off("\t\t身份证号\n\t\t990102199003072316" + mark)}},
	}}
	second := f.item.Draft.Attachments[1].Name
	f.readings[second] = desk.Reading{Version: 4, File: second, Name: second, Findings: all, Parts: []desk.ReadingPart{
		{Name: "page 2", Quoted: true, Segments: []desk.Segment{off("摘录" + mark)}},
	}}
	f.readings[desk.FormFile] = desk.Reading{Version: 4, File: desk.FormFile, Opened: true, Findings: all, Parts: []desk.ReadingPart{{Name: "title", Segments: []desk.Segment{off("标题" + mark)}}}}
}

// plain is rich without marks.
func plain() *fake { return rich("") }

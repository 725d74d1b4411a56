package api

import (
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/compare"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/webhook"
)

var colon = regexp.MustCompile(`:(\w+)`)

func TestEveryRouteSaysWhoMayCallItAndIsDescribed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	described := map[string]bool{}
	for path, item := range spec(t).Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	routed := map[string]bool{}
	for _, r := range b.echo.Routes() {
		require.True(t, b.server.access[r.Method+" "+r.Path], "%s %s does not say who may call it", r.Method, r.Path)
		if r.Method != http.MethodHead {
			routed[r.Method+" "+colon.ReplaceAllString(r.Path, "{$1}")] = true
		}
	}
	require.Equal(t, described, routed)
}

func TestARouteThatDoesNotSayIsClosed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	group{b.server, b.echo, base}.GET("/forgotten", b.server.me)
	group{b.server, b.echo, base}.GET("/empty", b.server.me, needs())
	for _, path := range []string{"/api/v1/forgotten", "/api/v1/empty"} {
		require.Equal(t, http.StatusForbidden, b.do(t, call{method: "GET", path: path, as: "officer"}).Code)
	}
}

// TestPermissions is the access policy as a table: for every route, who may pass its door.
func TestPermissions(t *testing.T) {
	t.Parallel()

	may := map[disclosure.Permission]string{
		disclosure.MayRead: "drafter leader officer reviewer", disclosure.MayCreate: "drafter officer", disclosure.MayDecide: "leader officer reviewer",
		disclosure.MayClear: "leader officer reviewer", disclosure.MayRelease: "leader officer", disclosure.MayBypass: "leader",
		disclosure.MayAudit: "auditor", disclosure.MayWatch: "admin", disclosure.MayAccount: "admin", disclosure.MayManage: "security", disclosure.MayRoute: "security", disclosure.MayCalendar: "officer security", disclosure.MayCurate: "reviewer",
	}
	everyone := "admin auditor drafter leader officer reviewer security"
	b := setup(t)
	for path, item := range spec(t).Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security != nil || op.OperationID == "logout" {
				continue
			}
			want := everyone
			if words := regexp.MustCompile("permissions? `(\\w+)`(?: or `(\\w+)`)?(?: or `(\\w+)`)?").FindStringSubmatch(op.Description); words != nil {
				allowed := strings.Fields(may[disclosure.Permission(words[1])] + " " + may[disclosure.Permission(words[2])] + " " + may[disclosure.Permission(words[3])])
				slices.Sort(allowed)
				want = strings.Join(slices.Compact(allowed), " ")
			}
			var passed []string
			for _, who := range strings.Fields(everyone) {
				w := b.do(t, call{method: method, path: strings.NewReplacer("{id}", "d1", "{fid}", "f1", "{name}", "body", "{version}", "1", "{item}", "i1", "{line}", "1").Replace(path), as: who})
				if w.Code != http.StatusForbidden {
					passed = append(passed, who)
				}
			}
			require.Equal(t, want, strings.Join(passed, " "), "%s %s", method, path)
		}
	}
}

func TestTheDescriptionIsSound(t *testing.T) {
	t.Parallel()

	s := spec(t)
	require.NoError(t, s.Validate(t.Context(), openapi3.EnableExamplesValidation()))
	for name, v := range map[string]any{
		"Disclosure": desk.Disclosure{}, "Companion": desk.Companion{}, "Rehearsal": desk.Rehearsal{}, "Ratification": desk.Ratification{}, "RatifyInput": desk.RatifyInput{}, "Reevaluation": desk.Reevaluation{}, "ReevaluateInput": desk.ReevaluateInput{}, "RerouteOption": desk.RerouteOption{}, "RerouteInput": rerouteInput{}, "ExtendInput": desk.ExtendInput{}, "Extension": desk.Extension{}, "ChannelHealth": desk.ChannelHealth{}, "Sighting": desk.Sighting{}, "Batch": desk.Batch{}, "BatchItem": desk.BatchItem{}, "BatchInput": desk.BatchInput{}, "BatchOutcome": desk.BatchOutcome{}, "LeaveInput": leaveInput{}, "Withdrawal": desk.Withdrawal{}, "WithdrawalInput": desk.WithdrawalInput{}, "Summary": desk.Summary{}, "Draft": disclosure.Draft{}, "Plan": disclosure.Plan{},
		"PlanInput": disclosure.Plan{}, "File": disclosure.File{}, "Named": disclosure.Named{}, "Content": disclosure.Content{},
		"Metadata": disclosure.Metadata{}, "Manifest": disclosure.Manifest{}, "Window": disclosure.Release{}, "Route": disclosure.Route{}, "Condition": disclosure.Condition{}, "RouteVersion": desk.RouteVersion{},
		"CalendarYear": desk.CalendarYear{}, "CalendarDay": desk.CalendarDay{}, "DeadlineMove": desk.DeadlineMove{}, "CalendarInput": desk.CalendarInput{}, "YearOfDays": calendar.Year{}, "Break": calendar.Break{},
		"RouteChange": disclosure.RouteChange{}, "RouteRef": disclosure.RouteRef{}, "RouteInput": desk.RouteInput{}, "SettleInput": settleInput{}, "SimulationInput": desk.SimulationInput{},
		"Simulation": desk.Simulation{}, "SimulatedStep": desk.SimulatedStep{},
		"Step": disclosure.Step{}, "Seat": disclosure.Seat{}, "Limit": disclosure.Limit{}, "Decision": desk.Decision{}, "Task": desk.TaskView{},
		"Lawful": desk.Lawful{}, "Effect": desk.Effect{}, "Incident": desk.Incident{}, "Progress": desk.Progress{}, "Version": desk.Version{},
		"RuleSet": desk.RuleSet{}, "Rule": desk.Rule{}, "Point": disclosure.Point{}, "RollBackInput": rollBackInput{}, "Trail": desk.Trail{}, "TrailEntry": desk.TrailEntry{}, "TrailPerson": desk.TrailPerson{}, "Head": desk.Head{},
		"Comparison": desk.Comparison{}, "FieldChange": desk.FieldChange{}, "FileChange": desk.FileChange{}, "Paragraph": compare.Paragraph{}, "Span": compare.Span{},
		"Finding": desk.Finding{},
		"Event":   desk.Event{}, "ReleaseView": desk.ReleaseView{}, "Freeze": desk.Freeze{}, "FreezeInput": desk.FreezeInput{}, "Blackout": desk.Blackout{}, "BlackoutInput": desk.BlackoutInput{}, "PlanOutlook": desk.Plan{}, "Me": desk.Me{},
		"Role": disclosure.RoleInfo{}, "Kind": disclosure.Kind{}, "OutcomeInfo": disclosure.OutcomeInfo{}, "Term": disclosure.StateInfo{},
		"Patch": desk.Patch{}, "DecisionInput": desk.DecisionInput{}, "DispositionInput": dispositionInput{}, "ReasonInput": reasonInput{},
		"RescheduleInput": rescheduleInput{}, "BypassInput": bypassInput{}, "TreatInput": treatInput{}, "Original": disclosure.Original{}, "Removed": disclosure.Removed{}, "Login": desk.Credentials{}, "Session": session{}, "Catalogue": catalogue{}, "Limits": limits{},
		"Health": health{}, "Error": problem{}, "SummaryPage": desk.Page[desk.Summary]{}, "Ref": desk.Ref{},
		"LexiconVersion": desk.LexiconVersion{}, "LexiconImport": desk.LexiconImport{}, "Change": desk.Change{}, "ChangedItem": desk.ChangedItem{}, "ChangedSpot": desk.ChangedSpot{},
		"CampaignQuery": desk.CampaignQuery{}, "CampaignQueryInput": desk.CampaignQuery{}, "CampaignInput": desk.CampaignInput{}, "Campaign": desk.Campaign{},
		"CampaignProgress": desk.CampaignProgress{}, "CampaignItem": desk.CampaignItem{}, "CampaignTrial": desk.CampaignTrial{}, "TrialInput": trialInput{},
		"ReviewInput": desk.ReviewInput{}, "ReportInput": reportInput{}, "Evidence": desk.Evidence{},
		"ProofInput": proofInput{}, "ProofToken": desk.ProofToken{}, "CodeApp": desk.CodeApp{}, "CodeInput": codeInput{},
		"Account": desk.Account{}, "NewAccount": desk.NewAccount{}, "AccountInput": desk.AccountInput{}, "AccountChange": desk.AccountChange{}, "RolesInput": rolesInput{},
		"Notice": desk.Notice{}, "Clock": desk.Clock{}, "ClockDay": desk.ClockDay{}, "NoticePage": desk.Page[desk.Notice]{}, "NoticeSettings": desk.NoticeSettings{}, "MailSettingsInput": desk.MailSettings{}, "DismissInput": dismissInput{},
		"SectionInput": sectionInput{}, "Token": desk.Token{}, "TokenInput": desk.TokenInput{},
		"AssignInput": desk.AssignInput{}, "Delegation": desk.Delegation{}, "DelegationInput": desk.DelegationInput{}, "Colleague": desk.Colleague{},
		"Preview": desk.Preview{}, "PreviewInput": desk.PreviewInput{},
		"Announcement": desk.Announcement{}, "AnnouncementLine": desk.AnnouncementLine{}, "AnnouncementInput": desk.AnnouncementInput{},
		"Thread": desk.Thread{}, "Comment": desk.Comment{}, "CommentInput": desk.CommentInput{},
		"Question": desk.Question{}, "QuestionInput": desk.QuestionInput{}, "QuestionLetter": desk.QuestionLetter{}, "QuestionTerms": disclosure.QuestionTerms{}, "Option": disclosure.Option{}, "Ground": disclosure.Ground{}, "ScanKept": desk.ScanKept{},
		"ScanReport": desk.ScanReport{}, "ScanFile": desk.ScanFile{}, "ScanFinding": desk.ScanFinding{},
	} {
		require.Contains(t, s.Components.Schemas, name)
		schema := s.Components.Schemas[name].Value
		fields, always := jsonFields(reflect.TypeOf(v))
		var names []string
		for n := range schema.Properties {
			names = append(names, n)
		}
		require.ElementsMatch(t, fields, names, name)
		if !strings.HasSuffix(name, "Input") && name != "Patch" {
			require.ElementsMatch(t, always, schema.Required, name)
		}
		require.NotNil(t, schema.AdditionalProperties.Has, "%s must say that it has no other fields", name)
	}
}

// jsonFields lists the JSON names of t, and those that are always there.
func jsonFields(t reflect.Type) (all, always []string) {
	for f := range t.Fields() {
		if f.Anonymous {
			a, b := jsonFields(f.Type)
			all, always = append(all, a...), append(always, b...)
			continue
		}
		if !f.IsExported() {
			continue
		}
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		all = append(all, name)
		if rest == "" {
			always = append(always, name)
		}
	}
	return all, always
}

func TestEveryOperationAnswersAsDescribed(t *testing.T) {
	t.Parallel()

	const one = "/api/v1/disclosures/d1"
	match := map[string]string{"If-Match": `"7"`}
	hash := string(item().ManifestHash)
	calls := map[string]call{
		"login":                {method: "POST", path: "/api/v1/session", body: `{"login":"drafter","password":"right"}`},
		"logout":               {method: "DELETE", path: "/api/v1/session", as: "drafter"},
		"me":                   {method: "GET", path: "/api/v1/me", as: "drafter"},
		"listPeople":           {method: "GET", path: "/api/v1/people", as: "security"},
		"addPerson":            {method: "POST", path: "/api/v1/people", as: "admin", body: `{"login":"wang","name":"王","section":"s1","reason":"调入"}`},
		"getPerson":            {method: "GET", path: "/api/v1/people/p1", as: "auditor"},
		"changePerson":         {method: "PATCH", path: "/api/v1/people/p1", as: "admin", body: `{"section":"s2","reason":"轮岗"}`},
		"grantRoles":           {method: "PUT", path: "/api/v1/people/p1/roles", as: "security", body: `{"roles":["drafter"],"reason":"任命"}`},
		"disablePerson":        {method: "POST", path: "/api/v1/people/p1/disable", as: "admin", body: `{"reason":"离职"}`},
		"enablePerson":         {method: "POST", path: "/api/v1/people/p1/enable", as: "admin", body: `{"reason":"返岗"}`},
		"prove":                {method: "POST", path: "/api/v1/proofs", as: "drafter", body: `{"password":"right"}`},
		"offerCodeApp":         {method: "POST", path: "/api/v1/me/code-app", as: "drafter"},
		"bindCodeApp":          {method: "POST", path: "/api/v1/me/code-app/bind", as: "drafter", body: `{"code":"123456"}`},
		"unbindCodeApp":        {method: "DELETE", path: "/api/v1/me/code-app", as: "drafter"},
		"resetCodeApp":         {method: "POST", path: "/api/v1/people/p1/reset-code-app", as: "security", body: `{"reason":"手机遗失"}`},
		"resetPassword":        {method: "POST", path: "/api/v1/people/p1/reset-password", as: "admin", body: `{"reason":"忘记"}`},
		"listSections":         {method: "GET", path: "/api/v1/sections", as: "drafter"},
		"addSection":           {method: "POST", path: "/api/v1/sections", as: "admin", body: `{"id":"rescue","name":"救援科","reason":"改革"}`},
		"listAccountChanges":   {method: "GET", path: "/api/v1/account-changes?person=p1", as: "auditor"},
		"explainClocks":        {method: "GET", path: "/api/v1/disclosures/d1/clocks", as: "drafter"},
		"listNotices":          {method: "GET", path: "/api/v1/notices?all=true&cursor=9", as: "drafter"},
		"dismissNotices":       {method: "POST", path: "/api/v1/notices/dismiss", as: "drafter", body: `{"up_to":"7"}`},
		"dismissNotice":        {method: "POST", path: "/api/v1/notices/7/dismiss", as: "drafter"},
		"getNoticeSettings":    {method: "GET", path: "/api/v1/notice-settings", as: "drafter"},
		"setNoticeSettings":    {method: "PUT", path: "/api/v1/notice-settings", as: "drafter", body: `{"email":"a@example.gov.cn","language":"zh","kinds":["task"]}`},
		"listTokens":           {method: "GET", path: "/api/v1/tokens", as: "drafter"},
		"addToken":             {method: "POST", path: "/api/v1/tokens", as: "drafter", body: `{"name":"同步","scope":["read"],"expires":"2027-01-01T00:00:00Z"}`},
		"revokeToken":          {method: "DELETE", path: "/api/v1/tokens/t1", as: "drafter"},
		"listDisclosures":      {method: "GET", path: "/api/v1/disclosures?state=draft&kind=notice&mine=true&limit=5&cursor=c1", as: "drafter"},
		"createDisclosure":     {method: "POST", path: "/api/v1/disclosures", as: "drafter", body: `{"title":"通知","keywords":["防汛"],"release":{"at":"2025-05-09T09:00:00+08:00","zone":"Asia/Shanghai","late":"now"}}`},
		"getDisclosure":        {method: "GET", path: one, as: "drafter"},
		"editDisclosure":       {method: "PATCH", path: one, as: "drafter", body: `{"summary":"摘要"}`, header: match},
		"putBody":              {method: "PUT", path: one + "/body?name=a.txt", as: "drafter", body: "正文", header: map[string]string{"If-Match": `"7"`, "Content-Type": "application/octet-stream"}},
		"addAttachment":        {method: "POST", path: one + "/attachments?name=a.txt", as: "drafter", body: "附件", header: map[string]string{"If-Match": `"7"`, "Content-Type": "application/octet-stream"}},
		"removeAttachment":     {method: "DELETE", path: one + "/attachments/a%20%2B.txt", as: "drafter", header: match},
		"getFile":              {method: "GET", path: one + "/files/body?version=1", as: "drafter"},
		"diff":                 {method: "GET", path: one + "/diff?from=1", as: "reviewer"},
		"listVersions":         {method: "GET", path: one + "/versions", as: "drafter"},
		"timeline":             {method: "GET", path: one + "/timeline", as: "drafter"},
		"reviewForm":           {method: "GET", path: one + "/review-form?as=pdf", as: "drafter"},
		"rollBack":             {method: "POST", path: one + "/rollback", as: "drafter", body: `{"version":1}`, header: match},
		"opinionRecord":        {method: "GET", path: "/api/v1/records/opinions?from=2026-11-01&until=2026-11-30", as: "reviewer"},
		"reviewRecord":         {method: "GET", path: "/api/v1/records/reviews?from=2026-11-01&until=2026-11-30&as=docx", as: "reviewer"},
		"listRuleSets":         {method: "GET", path: "/api/v1/rule-sets", as: "drafter"},
		"checklist":            {method: "GET", path: one + "/checklist", as: "drafter"},
		"trail":                {method: "GET", path: one + "/trail?sort=read&cursor=50", as: "drafter"},
		"submit":               {method: "POST", path: one + "/submit", as: "drafter", header: match},
		"listFindings":         {method: "GET", path: one + "/findings", as: "drafter"},
		"disposeFinding":       {method: "POST", path: one + "/findings/f1/disposition", as: "drafter", body: `{"disposition":"lawful","reason":"公开信息"}`},
		"treat":                {method: "POST", path: one + "/treat", as: "drafter", body: `{"findings":["f1"]}`, header: match},
		"decide":               {method: "POST", path: one + "/decisions", as: "reviewer", body: `{"step":"section","outcome":"disclose","manifest_hash":"` + hash + `"}`},
		"withdraw":             {method: "POST", path: one + "/withdraw", as: "drafter", body: `{"reason":"有误"}`},
		"clearQuarantine":      {method: "POST", path: one + "/clear", as: "reviewer", body: `{"reason":"误报"}`},
		"closeIncident":        {method: "POST", path: one + "/incident/close", as: "reviewer", body: `{"reason":"已上报"}`},
		"inbox":                {method: "GET", path: "/api/v1/inbox?limit=100", as: "reviewer"},
		"reschedule":           {method: "POST", path: one + "/reschedule", as: "officer", body: `{"at":"2025-05-10T09:00:00+08:00"}`},
		"correct":              {method: "POST", path: one + "/corrections", as: "drafter"},
		"listReroutes":         {method: "GET", path: one + "/reroutes", as: "leader"},
		"reroute":              {method: "POST", path: one + "/reroute", as: "leader", body: `{"route":{"id":"important","version":1},"reason":"重大"}`},
		"extendStep":           {method: "POST", path: one + "/extensions", as: "leader", body: `{"step":"section","n":1,"reason":"出差"}`},
		"reevaluate":           {method: "POST", path: one + "/reevaluate", as: "officer", body: `{"outcome":"stays","reason":"情势未变"}`},
		"ratify":               {method: "POST", path: one + "/ratify", as: "leader", body: `{"bypass":"b1","outcome":"ratified","reason":"情况属实"}`},
		"bypass":               {method: "POST", path: one + "/bypass", as: "leader", body: `{"manifest_hash":"aa","reason":"汛情"}`},
		"rehearse":             {method: "POST", path: one + "/rehearse", as: "drafter"},
		"settleCompanion":      {method: "POST", path: one + "/settle-companion", as: "officer", body: `{"reason":"政策已另行解读"}`},
		"repair":               {method: "POST", path: one + "/repair", as: "officer", body: `{"reason":"已恢复"}`},
		"listChannels":         {method: "GET", path: "/api/v1/channels", as: "drafter"},
		"listDrift":            {method: "GET", path: "/api/v1/drift", as: "officer"},
		"listBatches":          {method: "GET", path: "/api/v1/batches", as: "drafter"},
		"addBatch":             {method: "POST", path: "/api/v1/batches", as: "drafter", body: `{"title":"同批","at":"2026-12-01T09:00:00+08:00"}`},
		"getBatch":             {method: "GET", path: "/api/v1/batches/b1", as: "drafter"},
		"rescheduleBatch":      {method: "POST", path: "/api/v1/batches/b1/reschedule", as: "officer", body: `{"at":"2026-12-01T09:00:00+08:00","reason":"改期"}`},
		"recallBatch":          {method: "POST", path: "/api/v1/batches/b1/recall", as: "officer", body: `{"reason":"有误"}`},
		"leaveBatch":           {method: "POST", path: "/api/v1/batches/b1/leave", as: "officer", body: `{"disclosure":"d1","reason":"移出"}`},
		"takeDown":             {method: "POST", path: one + "/take-down", as: "officer", body: `{"type":"error","reason":"有误"}`},
		"restore":              {method: "POST", path: one + "/restore", as: "officer", body: `{"reason":"有误"}`},
		"recall":               {method: "POST", path: one + "/recall", as: "officer", body: `{"reason":"有误"}`},
		"listReleases":         {method: "GET", path: "/api/v1/releases?from=2025-05-01T00:00:00%2B08:00", as: "officer"},
		"explainPlan":          {method: "GET", path: "/api/v1/disclosures/d1/plan", as: "drafter"},
		"listRoutes":           {method: "GET", path: "/api/v1/routes", as: "security"},
		"getRoute":             {method: "GET", path: "/api/v1/routes/ordinary/1", as: "drafter"},
		"proposeRoute":         {method: "POST", path: "/api/v1/routes", as: "security", body: proposal()},
		"settleRoute":          {method: "POST", path: "/api/v1/routes/ordinary/2/settle", as: "security", body: `{"confirm":true}`},
		"simulateRoute":        {method: "POST", path: "/api/v1/routes/simulate", as: "drafter", body: `{"kind":"notice","flags":["important"]}`},
		"listBlackouts":        {method: "GET", path: "/api/v1/blackouts", as: "drafter"},
		"addBlackout":          {method: "POST", path: "/api/v1/blackouts", as: "officer", body: `{"from":"2026-03-04T00:00:00+08:00","until":"2026-03-12T00:00:00+08:00","exempt":["warning"],"reason":"会议"}`},
		"liftBlackout":         {method: "DELETE", path: "/api/v1/blackouts/b1", as: "officer"},
		"claimTask":            {method: "POST", path: one + "/claim", as: "reviewer", body: `{"step":"section"}`},
		"unclaimTask":          {method: "POST", path: one + "/unclaim", as: "reviewer", body: `{"step":"section"}`},
		"transferTask":         {method: "POST", path: one + "/transfer", as: "reviewer", body: `{"step":"section","person":"p2","reason":"出差"}`},
		"urgeTask":             {method: "POST", path: one + "/urge", as: "drafter", body: `{"step":"section"}`},
		"retractDecision":      {method: "POST", path: one + "/retract", as: "reviewer", body: `{"reason":"看错"}`},
		"addSigner":            {method: "POST", path: one + "/signers", as: "reviewer", body: `{"step":"section","person":"p2","where":"after","reason":"涉及财务"}`},
		"dropSigner":           {method: "POST", path: one + "/signers/drop", as: "reviewer", body: `{"step":"added-1","reason":"不需要"}`},
		"follow":               {method: "PUT", path: one + "/follow", as: "drafter"},
		"unfollow":             {method: "DELETE", path: one + "/follow", as: "drafter"},
		"listColleagues":       {method: "GET", path: "/api/v1/colleagues", as: "reviewer"},
		"listDelegations":      {method: "GET", path: "/api/v1/delegations", as: "reviewer"},
		"addDelegation":        {method: "POST", path: "/api/v1/delegations", as: "reviewer", body: `{"delegate":"p2","until":"2027-01-01T00:00:00Z","reason":"出差"}`},
		"revokeDelegation":     {method: "DELETE", path: "/api/v1/delegations/g1", as: "reviewer"},
		"listPreviews":         {method: "GET", path: one + "/previews", as: "drafter"},
		"addPreview":           {method: "POST", path: one + "/previews", as: "drafter", body: `{"manifest_hash":"aa","reader":"韩玥","hours":72}`},
		"revokePreview":        {method: "DELETE", path: one + "/previews/v1", as: "drafter"},
		"listComments":         {method: "GET", path: one + "/comments", as: "drafter"},
		"addComment":           {method: "POST", path: one + "/comments", as: "reviewer", body: `{"manifest_hash":"aa","file":"body","quote":"检查对象","comment":"是否含个体户"}`},
		"replyComment":         {method: "POST", path: one + "/comments/c1/reply", as: "drafter", body: `{"comment":"含"}`},
		"resolveComment":       {method: "POST", path: one + "/comments/c1/resolve", as: "drafter", body: `{}`},
		"reopenComment":        {method: "POST", path: one + "/comments/c1/reopen", as: "drafter", body: `{}`},
		"listOpenQuestions":    {method: "GET", path: "/api/v1/questions", as: "drafter"},
		"listQuestionKinds":    {method: "GET", path: "/api/v1/question-kinds", as: "drafter"},
		"listQuestions":        {method: "GET", path: one + "/questions", as: "drafter"},
		"askQuestion":          {method: "POST", path: one + "/questions", as: "reviewer", body: `{"kind":"third_party","addressee":"示例公司","ask":"是否同意"}`},
		"sendQuestion":         {method: "POST", path: one + "/questions/q1/send", as: "reviewer", body: `{}`},
		"receiveQuestion":      {method: "POST", path: one + "/questions/q1/receive", as: "reviewer", body: `{"on":"2026-09-18","how":"签收"}`},
		"answerQuestion":       {method: "POST", path: one + "/questions/q1/answer", as: "drafter", body: `{"reply":"consent","words":"同意"}`},
		"notifyQuestion":       {method: "POST", path: one + "/questions/q1/notify", as: "reviewer", body: `{"ground":"public_interest","reason":"公众安全"}`},
		"overrideQuestion":     {method: "POST", path: one + "/questions/q1/override", as: "reviewer", body: `{"ground":"public_interest","reason":"公众安全"}`},
		"closeQuestion":        {method: "POST", path: one + "/questions/q1/close", as: "reviewer", body: `{"reason":"已删去"}`},
		"keepScan":             {method: "PUT", path: one + "/questions/q1/scan?name=a.pdf", as: "drafter", body: "扫描件", header: map[string]string{"Content-Type": "application/octet-stream"}},
		"getQuestionFile":      {method: "GET", path: one + "/questions/q1/files/ask", as: "drafter"},
		"listFreezes":          {method: "GET", path: "/api/v1/freeze", as: "drafter"},
		"freeze":               {method: "POST", path: "/api/v1/freeze", as: "officer", body: `{"scope":"channel","value":"portal","reason":"维护"}`},
		"unfreezeOnly":         {method: "DELETE", path: "/api/v1/freeze", as: "officer"},
		"unfreeze":             {method: "DELETE", path: "/api/v1/freeze/z1", as: "officer"},
		"listLexicons":         {method: "GET", path: "/api/v1/lexicon", as: "reviewer"},
		"getLexicon":           {method: "GET", path: "/api/v1/lexicon/1", as: "reviewer"},
		"importLexicon":        {method: "PUT", path: "/api/v1/lexicon?name=a.csv&try=true", as: "reviewer", body: "term,class,reason", header: map[string]string{"Content-Type": "application/octet-stream"}},
		"previewRules":         {method: "GET", path: "/api/v1/rules/preview?at=2027-01-01T00:00:00%2B08:00", as: "reviewer"},
		"checkpoint":           {method: "GET", path: "/api/v1/log/checkpoint", as: "auditor"},
		"exportLog":            {method: "GET", path: "/api/v1/log/export", as: "auditor"},
		"scan":                 {method: "POST", path: "/api/v1/scan", as: "drafter", body: form("kind", "notice", "file", "a.txt"), header: map[string]string{"Content-Type": formType, "Idempotency-Key": ""}},
		"evidence":             {method: "GET", path: one + "/evidence", as: "officer"},
		"listCampaigns":        {method: "GET", path: "/api/v1/campaigns", as: "reviewer"},
		"openCampaign":         {method: "POST", path: "/api/v1/campaigns", as: "reviewer", body: `{"query":{"phrase":"示例","from":"2025-01-01"},"reason":"通报","due":"2025-06-01T00:00:00Z"}`},
		"tryCampaign":          {method: "POST", path: "/api/v1/campaigns/try", as: "reviewer", body: `{"query":{"rules":true},"cursor":""}`},
		"getCampaign":          {method: "GET", path: "/api/v1/campaigns/c1", as: "reviewer"},
		"lookOn":               {method: "POST", path: "/api/v1/campaigns/c1/look", as: "reviewer"},
		"reviewAgain":          {method: "POST", path: "/api/v1/campaigns/c1/items/d1/review", as: "reviewer", body: `{"outcome":"keep","reason":"可以公开"}`},
		"closeCampaign":        {method: "POST", path: "/api/v1/campaigns/c1/close", as: "reviewer", body: `{"report":"办结"}`},
		"catalogue":            {method: "GET", path: "/api/v1/catalogue", as: "admin"},
		"openapi":              {method: "GET", path: "/api/v1/openapi.yaml"},
		"webhookSchema":        {method: "GET", path: webhook.SchemaPath},
		"docs":                 {method: "GET", path: "/api/v1/docs"},
		"docsStyle":            {method: "GET", path: "/api/v1/docs.css"},
		"health":               {method: "GET", path: "/healthz"},
		"ready":                {method: "GET", path: "/readyz"},
		"metrics":              {method: "GET", path: "/metrics", as: "admin"},
		"weChatHello":          {method: "GET", path: "/wechat/callback?signature=s&timestamp=1&nonce=n&echostr=e"},
		"weChatCallback":       {method: "POST", path: "/wechat/callback?signature=s&timestamp=1&nonce=n", body: "<xml/>", header: map[string]string{"Content-Type": "text/plain", "Idempotency-Key": ""}},
		"listAnnouncements":    {method: "GET", path: "/api/v1/announcements", as: "drafter"},
		"getAnnouncement":      {method: "GET", path: "/api/v1/announcements/a1", as: "drafter"},
		"announce":             {method: "POST", path: "/api/v1/announcements", as: "drafter", body: announcementInput},
		"changeAnnouncement":   {method: "POST", path: "/api/v1/announcements/a1/lines", as: "drafter", body: announcementInput},
		"settleAnnouncement":   {method: "POST", path: "/api/v1/announcements/a1/lines/1/settle", as: "officer", body: `{"confirm":true}`},
		"withdrawAnnouncement": {method: "POST", path: "/api/v1/announcements/a1/withdraw", as: "officer", body: `{"reason":"写错"}`},
		"listCalendarYears":    {method: "GET", path: "/api/v1/calendar-years", as: "drafter"},
		"getCalendarYear":      {method: "GET", path: "/api/v1/calendar-years/2027/1", as: "security"},
		"proposeCalendarYear":  {method: "POST", path: "/api/v1/calendar-years", as: "officer", body: yearInput},
		"settleCalendarYear":   {method: "POST", path: "/api/v1/calendar-years/2027/1/settle", as: "security", body: `{"confirm":true}`},
	}
	asked := map[string]bool{}
	for _, item := range spec(t).Paths.Map() {
		for _, op := range item.Operations() {
			c, ok := calls[op.OperationID]
			require.True(t, ok, "%s is not called here", op.OperationID)
			asked[op.OperationID] = true
			b := setup(t, wechatCalls)
			b.desk.freezes = []desk.Freeze{{ID: "z1", Scope: "all", At: noon}, {ID: "z0", Scope: "all", At: noon, LiftedAt: &noon}}
			b.desk.exported = "{}\n"
			w := b.do(t, c.good())
			require.Less(t, w.Code, 300, "%s: %s", op.OperationID, w.Body)
		}
	}
	require.Len(t, asked, len(calls))
}

func TestThePageIsMadeOfTheDescription(t *testing.T) {
	t.Parallel()

	b := setup(t)
	w := b.do(t, call{method: "GET", path: "/api/v1/docs"})
	require.Equal(t, http.StatusOK, w.Code)
	page := w.Body.String()
	for _, item := range spec(t).Paths.Map() {
		for _, op := range item.Operations() {
			require.Contains(t, page, `<article id="`+op.OperationID+`">`)
		}
	}
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'")
	require.NotRegexp(t, `(?i)<script|<style|style=|https?://`, page)
	raw, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, string(raw), b.do(t, call{method: "GET", path: "/api/v1/openapi.yaml"}).Body.String())
}

func TestTheSchemaOfTheWebhookIsServedAsItIs(t *testing.T) {
	t.Parallel()

	w := setup(t).do(t, call{method: "GET", path: webhook.SchemaPath})
	require.Equal(t, "application/schema+json", w.Header().Get("Content-Type"))
	require.JSONEq(t, string(webhook.Schema()), w.Body.String())
}

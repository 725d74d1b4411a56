package console

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const findingsAddress = "/console/items/d1/findings"

func TestWhatIsDoneAboutAFindingReachesTheDesk(t *testing.T) {
	t.Parallel()

	const sheet = "file=1&open=yes"
	for name, c := range map[string]struct {
		path  string
		form  []string
		asked []string
		to    string
	}{
		"one": {
			"/findings",
			[]string{"finding", "f5", "disposition", "lawful", "reason", "公示的", "at", "file=body"},
			[]string{"Dispose d1 f5 KEY f5 lawful 公示的"},
			"?file=body&on=f1&done=dispose&n=1#d-f1",
		},
		"with all of its value": {
			"/findings",
			[]string{"finding", "f6", "disposition", "false_alarm", "reason", "编号", "same", "yes", "at", sheet},
			[]string{"Dispose d1 f6 KEY f6 false_alarm 编号", "Dispose d1 f5 KEY f5 false_alarm 编号"},
			"?file=1&on=f2&open=yes&done=dispose&n=2#d-f2",
		},
		"never with what can only be removed": {
			"/findings",
			[]string{"finding", "f1", "disposition", "false_alarm", "reason", "编号", "same", "yes"},
			[]string{"Dispose d1 f1 KEY f1 false_alarm 编号"},
			"?file=body&on=f5&done=dispose&n=1#d-f5",
		},
		"treated": {
			"/treat",
			[]string{"finding", "f1", "revision", "7", "at", "file=body"},
			[]string{"Treat d1 7 f1"},
			"?file=body&on=f5&done=treat&n=1#d-f5",
		},
		"treated with all of its value": {
			"/treat",
			[]string{"finding", "f1", "revision", "7", "same", "yes"},
			[]string{"Treat d1 7 f1 f2"},
			"?file=body&on=f5&done=treat&n=2#d-f5",
		},
		"all treated": {
			"/treat",
			[]string{"all", "yes", "revision", "7", "at", sheet},
			[]string{"Treat d1 7 f1 f2 f5 f6"},
			"?file=1&open=yes&done=treat&n=4",
		},
	} {
		b := setup(t, plain())
		b.desk.item.State = disclosure.SelfReview
		w := b.post(t, "drafter", "/console/items/d1"+c.path, c.form...)
		require.Equal(t, http.StatusSeeOther, w.Code, "%s\n%s", name, w.Body)
		require.Equal(t, findingsAddress+c.to, w.Header().Get("Location"), name)
		var asked []string
		for _, line := range b.desk.calls {
			if strings.HasPrefix(line, "Dispose") || strings.HasPrefix(line, "Treat") {
				asked = append(asked, strings.Replace(line, "KEY1 /console/items/d1/findings", "KEY", 1))
			}
		}
		require.Equal(t, c.asked, asked, name)
	}
}

func TestWhatWasDoneInPartIsTold(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.refuse = map[string]error{"f5": disclosure.Refuse(disclosure.FindingBlocks, "")}
	w := b.post(t, "drafter", findingsAddress, "finding", "f6", "disposition", "lawful", "reason", "留着", "same", "yes", "at", "file=1")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "已处置 1 处，还有 1 处没有：")
	require.Contains(t, w.Body.String(), `<p class="words">留着</p>`, "what could not be done is in another file: the words are still there")
	sound(t, "partly", w.Body.Bytes())

	// What is no refusal is logged, and not shown.
	b.desk.refuse["f5"] = errors.New("pq: secret detail")
	w = b.post(t, "drafter", findingsAddress, "finding", "f6", "disposition", "lawful", "reason", "留着", "same", "yes", "at", "file=1")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotContains(t, w.Body.String(), "secret detail")
	require.Contains(t, b.log.String(), "secret detail")
}

func TestARefusedFindingStaysOpenWithWhatWasTyped(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		path, method string
		refusal      error
		form         []string
		status       int
		link         string
	}{
		"no reason":        {"/findings", "Dispose", disclosure.Refuse(disclosure.ReasonRequired, "reason"), []string{"disposition", "lawful"}, 422, "#d-f5"},
		"no choice":        {"/findings", "", nil, nil, 422, "#d-f5"},
		"somebody changed": {"/treat", "Treat", disclosure.Refuse(disclosure.PreconditionFailed, ""), nil, 409, "#changed"},
		"a file that cannot be treated": {
			"/treat", "Treat", disclosure.Refuse(disclosure.BadFile, "body", "name", "a.pdf", "why", "pdf"), nil, 422, "#d-f5",
		},
	} {
		b := setup(t, plain())
		b.desk.fail[c.method] = c.refusal
		w := b.post(t, "drafter", "/console/items/d1"+c.path, append(c.form, "finding", "f5", "reason", "留着")...)
		page := w.Body.String()
		require.Equal(t, c.status, w.Code, "%s\n%s", name, page)
		require.Contains(t, page, `role="alert"`, name)
		require.Contains(t, page, `<a href="`+c.link+`">`, name)
		require.Contains(t, page, ">留着</textarea>", name)
		require.Contains(t, page, `id="d-f5" open`, name)
		sound(t, name, w.Body.Bytes())
	}
}

func TestATreatmentThatCameTwiceFindsItsWorkDone(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	mended(b.desk)
	b.desk.fail["Treat"] = disclosure.Refuse(disclosure.PreconditionFailed, "")
	w := b.post(t, "drafter", "/console/items/d1/treat", "finding", "f1", "revision", "6")
	require.Equal(t, http.StatusSeeOther, w.Code)
}

func TestOneButtonTreatsEverythingAndSubmitsAgain(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.post(t, "drafter", "/console/items/d1/treat", "all", "submit", "revision", "7")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Contains(t, w.Header().Get("Location"), "/console/items/d1?")
	require.Contains(t, strings.Join(b.desk.calls, "\n"), "\nSubmit d1 ")

	b = setup(t, plain())
	b.desk.refuse = map[string]error{"f2": disclosure.Refuse(disclosure.BadFile, "")}
	b.post(t, "drafter", "/console/items/d1/treat", "all", "submit", "revision", "7")
	require.NotContains(t, strings.Join(b.desk.calls, "\n"), "\nSubmit ", "something is left in the draft")

	b = setup(t, plain())
	b.desk.fail["Treat"] = disclosure.Refuse(disclosure.WrongState, "")
	w = b.post(t, "drafter", "/console/items/d1/treat", "all", "submit", "revision", "7")
	require.Equal(t, http.StatusSeeOther, w.Code, "a form that came twice")
}

func TestWhatCouldNotBeTreatedIsTold(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.refuse = map[string]error{"f2": disclosure.Refuse(disclosure.BadFile, "")} // it stays in the draft
	w := b.post(t, "drafter", "/console/items/d1/treat", "all", "yes", "revision", "7")
	require.Equal(t, findingsAddress+"?file=body&done=treat&n=3&left=1", w.Header().Get("Location"))
	require.Contains(t, b.get(t, "drafter", w.Header().Get("Location")).Body.String(), "草稿里已处理 3 处。看过以后请重新提交检查。还有 1 处没能处理，请修改文件。")
	w = b.post(t, "drafter", "/console/items/d1/treat", "all", "yes", "revision", "8")
	require.Equal(t, findingsAddress+"?file=body&done=treat&n=0&left=1", w.Header().Get("Location"))
	require.Equal(t, "Treat d1 8 f2", b.desk.calls[len(b.desk.calls)-3], "what is gone is not treated again")
}

func TestEverybodySeesTheFindingsButOnlyThoseWhoMayHaveButtons(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		can         []string
		treat, deal bool
	}{
		"the drafter":    {[]string{"edit", "submit", "dispose"}, true, true},
		"a contributor":  {[]string{"dispose"}, false, true},
		"who decides":    {[]string{"decide"}, false, false},
		"after approval": {nil, false, false},
	} {
		b := setup(t, plain())
		b.desk.item.Can = c.can
		page := b.get(t, "leader", findingsAddress).Body.String()
		require.Contains(t, page, "990102199003072316", name)
		require.Equal(t, c.treat, strings.Contains(page, "/treat"), name)
		require.Equal(t, c.deal, strings.Contains(page, `name="disposition"`), name)
	}

	b := setup(t, plain()) // what must be removed cannot be argued away
	_, blocked, _ := strings.Cut(b.get(t, "drafter", findingsAddress+"?file=1").Body.String(), `id="d-f2"`)
	blocked, _, _ = strings.Cut(blocked, "</details>")
	require.Contains(t, blocked, "移除")
	require.NotContains(t, blocked, `name="disposition"`)
}

func TestAMendedDraftIsOfferedForSubmission(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	require.NotContains(t, b.get(t, "drafter", findingsAddress).Body.String(), "/submit")
	mended(b.desk)
	page := b.get(t, "drafter", findingsAddress+"?done=treat&n=4").Body.String()
	require.Contains(t, page, "草稿里已处理 4 处。")
	require.Contains(t, page, "其中 4 处疑点已不在")
	require.Contains(t, page, `action="/console/items/d1/submit"`)
	require.NotContains(t, page, "/treat")
}

func TestWhatIsLookedAtStandsInTheAddress(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	at := func(address string) string { return b.get(t, "drafter", address).Body.String() }
	page := at(findingsAddress)
	links := regexp.MustCompile(`href="(/console/items/d1/findings\?[^"]+)"`).FindAllStringSubmatch(page, -1)
	require.Greater(t, len(links), 5)
	for _, l := range links {
		u, err := url.Parse(html.UnescapeString(l[1]))
		require.NoError(t, err)
		require.True(t, u.Query().Has("file") || u.Query().Has("lang"), l[1])
		require.NotContains(t, l[1], "%3d")
	}
	require.Contains(t, at(findingsAddress+"?file=1"), "检查问题清单.xlsx")
	require.Equal(t, http.StatusNotFound, b.get(t, "drafter", findingsAddress+"?file=3").Code)
	require.NotContains(t, at(findingsAddress+"?class=warn"), `id="d-f1"`)
	require.NotContains(t, at(findingsAddress+"?open=yes"), `id="d-f3"`)
	require.Contains(t, at(findingsAddress+"?open=yes"), `<span class="f fixed" id="f-f3">`, "it is marked, though it is not listed")
	require.Equal(t, scriptPolicy, b.get(t, "drafter", findingsAddress).Header().Get("Content-Security-Policy"))
	require.Equal(t, http.StatusOK, b.get(t, "", "/console/assets/"+scriptName).Code)

	b.desk.item.Version = 0 // nothing was checked yet
	require.Equal(t, http.StatusSeeOther, b.get(t, "drafter", findingsAddress).Code)
}

func TestOfQuarantinedFilesNothingIsOpened(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	quarantined(b.desk)
	require.Equal(t, "/console/items/d1", b.get(t, "drafter", findingsAddress).Header().Get("Location"))
	require.Equal(t, []string{"Get d1"}, b.desk.calls)
}

// However long a file is and however much was found in it, its pages stay small,
// and together they show all of it.
func TestPagesOfLongFilesStaySmallAndLeaveNothingOut(t *testing.T) {
	t.Parallel()

	const found = 150
	text := "隐患排查治理台账应当明确责任人和整改时限，并于规定时间内报送。"
	for name, part := range map[string]func() desk.ReadingPart{
		"lines": func() (p desk.ReadingPart) {
			for i := range found {
				p.Segments = append(p.Segments, desk.Segment{Text: strings.Repeat(text+"\n", i%7+1)}, hit(i), desk.Segment{Text: text + "\n"})
			}
			return p
		},
		"one line": func() (p desk.ReadingPart) {
			for i := range found {
				p.Segments = append(p.Segments, desk.Segment{Text: strings.Repeat(text, 5)}, hit(i))
			}
			return p
		},
		"nothing but findings": func() (p desk.ReadingPart) {
			for i := range found {
				p.Segments = append(p.Segments, hit(i))
			}
			return p
		},
		"a row of nothing but findings": func() (p desk.ReadingPart) {
			p.Grid = true
			for i := range found {
				p.Segments = append(p.Segments, hit(i), desk.Segment{Text: "\t"})
			}
			return p
		},
		"a wide sheet": func() (p desk.ReadingPart) {
			p.Grid = true
			for i := range found {
				p.Segments = append(p.Segments, desk.Segment{Text: strings.Repeat(strings.Repeat("示例单元\t", 60)+"\n", 2)}, hit(i), desk.Segment{Text: "\n"})
			}
			return p
		},
		"a sheet": func() (p desk.ReadingPart) {
			p.Grid = true
			for i := range found {
				p.Segments = append(p.Segments, desk.Segment{Text: strings.Repeat("甲\t", 30)}, hit(i), desk.Segment{Text: "\n" + strings.Repeat("乙\t\n", i%5)})
			}
			return p
		},
	} {
		b := setup(t, plain())
		r := desk.Reading{Version: 4, File: "body", Opened: true, Parts: []desk.ReadingPart{part()}}
		r.Parts[0].Name = "body"
		for i := range found {
			f := desk.Finding{ID: hit(i).Findings[0], File: "body", Part: "body", Line: i, Class: "HOLD", Rule: "mobile", Treatment: "mask", Mask: "138****5678", Excerpt: hit(i).Text}
			f.Reason, f.Basis = "手机号码", "《政府信息公开条例》第十五条；《个人信息保护法》第三十四条"
			r.Findings = append(r.Findings, desk.ReadingFinding{Finding: f})
		}
		b.desk.readings["body"] = r
		for _, mode := range []string{"near", "all"} {
			listed, placed, pages := map[string]bool{}, map[string]bool{}, 0
			letters := 0
			for address := findingsAddress + "?text=" + mode; address != ""; pages++ {
				require.Less(t, pages, 400)
				w := b.get(t, "drafter", address)
				require.Equal(t, http.StatusOK, w.Code, w.Body)
				require.Less(t, w.Body.Len(), 200_000, "%s, %s", name, mode)
				address = ""
				root, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
				require.NoError(t, err)
				each(root, func(n *html.Node) {
					switch id := attr(n, "id"); {
					case strings.HasPrefix(id, "d-"):
						listed[id[2:]] = true
					case strings.HasPrefix(id, "f-"):
						placed[id[2:]] = true
					}
					if n.Data == "a" && attr(n, "href") != "" && strings.Contains(said(n), "下一页") {
						address = attr(n, "href")
					}
					if strings.HasPrefix(attr(n, "class"), "sheet") {
						letters += strings.Count(said(n), "隐") + strings.Count(said(n), "乙")
					}
				})
			}
			require.Greater(t, pages, 2, "%s, %s", name, mode)
			require.Len(t, listed, found, "%s, %s", name, mode)
			require.Len(t, placed, found, "%s, %s", name, mode)
			if mode == "all" && name != "a wide sheet" { // of which columns are left out, and that is said
				whole := ""
				for _, s := range r.Parts[0].Segments {
					whole += s.Text
				}
				require.Equal(t, strings.Count(whole, "隐")+strings.Count(whole, "乙"), letters, "%s: all of the text", name)
			}
		}
	}
}

func hit(i int) desk.Segment {
	n := "1380000" + string(rune('0'+i/1000%10)) + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
	return desk.Segment{Text: n, Findings: []string{"x" + n}}
}

// said is the text below a node.
func said(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(said(c))
	}
	return b.String()
}

func TestFindingsAreLaidOverTheTextAsItLooks(t *testing.T) {
	t.Parallel()

	part := func(segments ...string) (p desk.ReadingPart) {
		for _, s := range segments {
			g := desk.Segment{Text: strings.Trim(s, "[]")}
			if g.Text != s {
				g.Findings = []string{"1"}
			}
			p.Segments = append(p.Segments, g)
		}
		return p
	}
	const sign = `<a class="f hold" id="f-1" href="#d-1">`
	for name, c := range map[string]struct {
		page string
		part desk.ReadingPart
		want string // without the sign of the finding; "" if they do not fit
	}{
		"in a cell":                {"<h1>通知</h1><table><tr><td>张某</td><td>电话 138</td></tr></table>", part("通知\n张某\n电话 ", "[138]"), "<h3>通知</h3><table><tbody><tr><td>张某</td><td>电话 " + sign + "138</a></td></tr></tbody></table>"},
		"over two elements":        {"<p>电话<b>138</b>00，</p>", part("电话", "[13800]", "，"), `<p>电话<b>` + sign + `138</a></b><a class="f hold" href="#d-1">00</a>，</p>`},
		"spaces stay outside":      {"<p>内部资料　注意</p>", part("[内部资料]", "　注意"), "<p>" + sign + "内部资料</a>　注意</p>"},
		"markup may be missed":     {"<h1>通知</h1><p><strong>电话</strong>138</p>", part("# 通知\n\n**电话**", "[138]"), "<h3>通知</h3><p><strong>电话</strong>" + sign + "138</a></p>"},
		"notes are not text":       {"<p>通知<sup>[1]</sup>138</p>", part("通知", "[138]"), "<p>通知<sup>[1]</sup>" + sign + "138</a></p>"},
		"no link in a link":        {`<p><a href="https://a.example">138</a></p>`, part("[138]"), "<p><span>" + sign + "138</a></span></p>"},
		"other words":              {"<p>别的</p>", part("通知", "[138]"), ""},
		"the finding is not in it": {"<p>通知通知通知通知通知通知</p>", part("通知通知通知通知通知通知", "[1]"), ""},
	} {
		s := newSetter(map[string]mark{"1": {ID: "1", N: 1, Style: "hold", Here: true}}, nil, false)
		out, ok, err := s.marked(c.page, c.part)
		require.NoError(t, err, name)
		require.Equal(t, c.want != "", ok, name)
		require.Equal(t, c.want, regexp.MustCompile(`<sup>&#8288;.*?</sup>`).ReplaceAllString(string(out), ""), name)
		if ok {
			require.Equal(t, 1, strings.Count(string(out), "&#8288;"), name)
		}
	}
}

func TestPartsAreCalledWhatAClerkCallsThem(t *testing.T) {
	t.Parallel()

	for part, want := range map[string][2]string{
		"header 1":                                       {"页眉 1", "header 1"},
		"comment 2 (张某)":                                 {"批注 2（张某）", "comment 2 (张某)"},
		"tracked deletion (王某) in footnotes":             {"脚注 › 修订中删去的文字（王某）", "tracked deletion (王某) in footnotes"},
		"hidden sheet 工资":                                {"隐藏工作表“工资”", "hidden sheet “工资”"},
		"hidden rows of very hidden sheet 底稿":            {"深度隐藏工作表“底稿” › 隐藏的行", "hidden rows in deeply hidden sheet “底稿”"},
		"comment B5 (赵某) in sheet 清单":                    {"工作表“清单” › B5 格的批注（赵某）", "comment at B5 (赵某) in sheet “清单”"},
		"header 1 in 附件/通知.docx":                         {"附件/通知.docx › 页眉 1", "header 1 in 附件/通知.docx"},
		"body in b/深.txt in 内.zip":                       {"内.zip › b/深.txt › 正文", "body in b/深.txt in 内.zip"},
		"body in attachment 附件.docx":                     {"附件 附件.docx › 正文", "body in attachment 附件.docx"},
		"notes of hidden slide 3":                        {"隐藏的第 3 张幻灯片 › 备注", "notes in hidden slide 3"},
		"comment 1 (李某) on slide 2":                      {"第 2 张幻灯片 › 批注 1（李某）", "comment 1 (李某) in slide 2"},
		"text on page 2 in a layer that is off 草图":       {"第 2 页关闭的图层“草图”里的文字", "text on page 2 in the layer “草图” that is off"},
		"names of hidden sheets":                         {"隐藏工作表的名称", "names of hidden sheets"},
		"property lastModifiedBy":                        {"文件属性“lastModifiedBy”", "property “lastModifiedBy”"},
		"form field 电话 (default) of an earlier revision": {"早先的修订 › 表单项“电话”的默认值", "form field “电话” (default) in an earlier revision"},
		"picture 1 on page 2":                            {"第 2 页 › 图片 1", "picture 1 in page 2"},
		"something new":                                  {"something new", "something new"},
	} {
		for i, lang := range []string{chinese, english} {
			require.Equal(t, want[i], Frame{Lang: lang}.PartName(part), part)
		}
	}
}

// A clerk looks for a hidden column where it is: between its neighbours.
func TestHiddenCellsStandInTheirSheet(t *testing.T) {
	t.Parallel()

	grid := func(name string, hidden bool, segments ...desk.Segment) desk.ReadingPart {
		return desk.ReadingPart{Name: name, Grid: true, Hidden: hidden, Segments: segments}
	}
	parts := []desk.ReadingPart{
		grid("sheet 清单", false, desk.Segment{Text: "企业\t\t问题\n甲\t\t乙\n\n丙\t\t丁"}),
		grid("sheet 清单二", false, desk.Segment{Text: "别的\t表"}),
		grid("hidden columns of sheet 清单", true, desk.Segment{Text: "\t证号\n\t"}, desk.Segment{Text: "110", Findings: []string{"1"}}),
		grid("hidden rows of sheet 清单", true, desk.Segment{Text: "\n\n戊\t\t己"}),
		grid("formulas of sheet 清单", true, desk.Segment{Text: "SUM\tX"}),
	}
	require.Equal(t, map[int]string{2: "hidden columns", 3: "hidden rows"}, over(parts, parts[0]))
	require.Empty(t, over(parts, parts[1]))

	s := newSetter(map[string]mark{"1": {ID: "1", N: 1}}, nil, false)
	b := s.whole(parts, 0, over(parts, parts[0]))[0]
	require.Equal(t, []column{{"A", false}, {"B", true}, {"C", false}}, b.Columns)
	drawn := ""
	for _, r := range b.Rows {
		drawn += strings.Repeat("#", map[bool]int{true: 1}[r.Hidden])
		for _, c := range r.Cells {
			for _, x := range c.Runs {
				drawn += x.Text
			}
			drawn += map[bool]string{true: "#|", false: "|"}[c.Hidden]
		}
		drawn += "\n"
	}
	require.Equal(t, "企业|证号#|问题|\n甲|110#|乙|\n#戊#|#|己#|\n丙|#|丁|\n", drawn)
	require.Equal(t, "B2", s.cells["1"])

	// A sheet is wide: what is found in it is never left out.
	wide := strings.Repeat("甲\t", 60)
	s = newSetter(nil, func(_ string, n int) string { return strings.Repeat("-", n) }, false)
	b = s.sheet([]layer{{lines: []line{{N: 1, Runs: []desk.Segment{{Text: wide}, {Text: "110", Findings: []string{"1"}}}}}}})
	require.Len(t, b.Columns, widest+1)
	require.Equal(t, "BI", b.Columns[widest].Name)
	require.Len(t, b.Narrow, 60-widest)
}

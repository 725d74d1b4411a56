package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Comments is what the comments on passages (批注) ask of the desk.
type Comments interface {
	Commentary(ctx context.Context, who desk.Actor, id, file string) (desk.Commentary, error)
	OpenThreads(ctx context.Context, who desk.Actor, id string) ([]desk.Thread, error)
	AddComment(ctx context.Context, who desk.Actor, id, key string, in desk.CommentInput) (desk.Thread, error)
	ReplyComment(ctx context.Context, who desk.Actor, id, thread, key string, in desk.CommentInput) (desk.Thread, error)
	ResolveComment(ctx context.Context, who desk.Actor, id, thread, key string, open bool) (desk.Thread, error)
}

// commentLook is what is looked at; no name of a file stands in the address.
type commentLook struct {
	file int // 0 the first there is, or its place from 1
	page int
	part int // of the chosen paragraph
	at   int // its first character; -1: none is chosen
}

type commentsPage struct {
	Frame
	D      desk.Disclosure
	Text   desk.Commentary
	N      int // place of the file, from 1
	Sheets []commentSheet
	Page   int
	Pages  int
	Rows   []*commentRow
	Form   commentForm
	Others []desk.Thread // in other files
}

// commentForm is what is typed about a passage.
type commentForm struct {
	Part     int
	At       string
	Quote    string
	Words    string
	reply    string // the thread it answers
	Manifest disclosure.Hash
}

type commentSheet struct {
	Name   string
	Hidden bool
	Part   int
	Lines  []commentLine
}

// commentLine is a paragraph, with the passages in it.
type commentLine struct {
	N, Part, At int
	Chosen      bool
	Runs        []commentRun
	text        string
}

type commentRun struct {
	Text  string
	Row   *commentRow // the last thread it belongs to
	First bool        // its passage begins here
}

type commentRow struct {
	desk.Thread
	N      int
	Placed bool // it is marked on this page
	Typed  string
	to     int // the character after its passage
}

// Can says whether the viewer may do it.
func (r commentRow) Can(act string) bool { return slices.Contains(r.Thread.Can, act) }

// Style is the shape of the thread's state.
func (r commentRow) Style() string {
	switch {
	case r.ResolvedAt != nil:
		return "ok"
	case r.Gone:
		return "warn"
	}
	return "hold"
}

// FileName names a file by its place, from 0.
func (p commentsPage) FileName(i int) string {
	if p.Text.Files[i] == "body" {
		return p.T("field.body")
	}
	if p.Text.Files[0] != "body" {
		i++
	}
	return p.T("findings.attachment", "n", strconv.Itoa(i))
}

// FilePath is where a file is commented on.
func (p commentsPage) FilePath(i int) string { return commentsPath(p.D.ID, i+1) }

// LinePath chooses a paragraph.
func (p commentsPage) LinePath(line commentLine) string {
	return commentsPath(p.D.ID, p.N) + "&part=" + strconv.Itoa(line.Part) + "&at=" + strconv.Itoa(line.At) + "#new"
}

// TurnPath goes to another page.
func (p commentsPage) TurnPath(by int) string {
	return commentsPath(p.D.ID, p.N) + "&page=" + strconv.Itoa(p.Page+by)
}

// Replying says that the words typed are of an answer.
func (p commentsPage) Replying() bool { return p.Form.reply != "" }

type threadView struct {
	P commentsPage
	R *commentRow
}

// Of is a thread with its page.
func (p commentsPage) Of(r *commentRow) threadView { return threadView{p, r} }

// Chosen says whether the form is about a paragraph.
func (p commentsPage) Chosen() bool { return p.Form.At != "" }

func (c *Console) comments(v *visit) error {
	q := v.QueryParams()
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 0 {
			return otherwise
		}
		return n
	}
	return c.showComments(v, http.StatusOK, commentLook{number("file", 0), number("page", 0), number("part", 0), number("at", -1)}, commentForm{}, nil)
}

func commentsPath(id string, file int) string {
	return itemPath(id) + "/comments?file=" + strconv.Itoa(file)
}

// addComment says something about a passage of the version that was read.
func (c *Console) addComment(v *visit) error {
	f := commentForm{At: v.typed("at"), Quote: v.typed("quote"), Words: v.typed("comment"), Manifest: disclosure.Hash(v.typed("manifest_hash"))}
	f.Part, _ = strconv.Atoi(v.typed("part"))
	l := commentLook{part: f.Part, at: -1}
	l.file, _ = strconv.Atoi(v.typed("file"))
	if at, err := strconv.Atoi(f.At); err == nil {
		l.at = at
	}
	in := desk.CommentInput{Manifest: f.Manifest, Quote: f.Quote, Words: f.Words}
	text, err := c.commentary(v, l.file)
	if err != nil {
		return err
	}
	in.File = text.File
	if f.Part >= 0 && f.Part < len(text.Parts) {
		in.Part = text.Parts[f.Part].Name
	}
	if l.at >= 0 {
		in.At = &l.at
	}
	t, err := c.desk.AddComment(v.ctx(), v.who, v.Param("id"), v.key, in)
	if err != nil {
		return c.showComments(v, status(disclosure.CodeOf(err)), l, f, err)
	}
	return v.Redirect(http.StatusSeeOther, commentsPath(v.Param("id"), l.file)+"&done=comment#c-"+t.ID)
}

// settleComment answers in a thread, ends it or opens it again.
func (c *Console) settleComment(act string) handler {
	return func(v *visit) error {
		id, thread := v.Param("id"), v.Param("comment")
		l := commentLook{at: -1}
		l.file, _ = strconv.Atoi(v.typed("file"))
		f := commentForm{Words: v.typed("comment"), reply: thread}
		var err error
		if act == "reply" {
			_, err = c.desk.ReplyComment(v.ctx(), v.who, id, thread, v.key, desk.CommentInput{Words: f.Words})
		} else {
			_, err = c.desk.ResolveComment(v.ctx(), v.who, id, thread, v.key, act == "reopen")
		}
		if err != nil {
			return c.showComments(v, status(disclosure.CodeOf(err)), l, f, err)
		}
		return v.Redirect(http.StatusSeeOther, commentsPath(id, l.file)+"&done="+act+"#c-"+thread)
	}
}

// commentary reads a file by its place.
func (c *Console) commentary(v *visit, file int) (desk.Commentary, error) {
	text, err := c.desk.Commentary(v.ctx(), v.who, v.Param("id"), "")
	if err != nil || file <= 1 {
		return text, err
	}
	if file > len(text.Files) {
		return text, disclosure.Refuse(disclosure.NotFound, "file")
	}
	return c.desk.Commentary(v.ctx(), v.who, v.Param("id"), text.Files[file-1])
}

func (c *Console) showComments(v *visit, code int, l commentLook, f commentForm, refusal error) error {
	page := commentsPage{N: max(l.file, 1), Form: f}
	var err error
	if page.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if page.Text, err = c.commentary(v, l.file); err != nil {
		return err
	}
	if page.Frame, err = c.frame(v, "comments.title", "inbox"); err != nil {
		return err
	}
	page.Here = commentsPath(page.D.ID, page.N)
	if refusal != nil && !page.put(cmp.Or(f.reply, "comment"), refusal) {
		return refusal
	}
	if page.Form.Manifest == "" || page.Problem.Stale {
		page.Form.Manifest = page.Text.Manifest
	}
	page.gather(l)
	v.Response().Header().Set("Content-Security-Policy", scriptPolicy)
	return c.show(v, code, "comments", page)
}

// What one page shows at most.
const (
	commentLines   = 60
	commentLetters = 4000
)

// gather lays the threads into the text and chooses the page.
func (p *commentsPage) gather(l commentLook) {
	for _, t := range p.Text.Threads {
		if t.File != p.Text.File {
			p.Others = append(p.Others, t)
			continue
		}
		row := &commentRow{Thread: t, N: len(p.Rows) + 1, to: t.Start + utf8.RuneCountInString(t.Quote)}
		if p.Form.reply == t.ID {
			row.Typed = p.Form.Words
		}
		p.Rows = append(p.Rows, row)
	}
	pages := paragraphs(p.Text.Parts)
	p.Pages = len(pages)
	chosen := 0
	for i, lines := range pages {
		for j := range lines {
			if line := &lines[j]; line.Part == l.part && line.At == l.at {
				chosen, line.Chosen = i+1, true
				p.choose(*line)
			}
		}
	}
	p.Page = max(1, min(cmp.Or(l.page, chosen, 1), p.Pages))
	if p.Pages > 0 {
		p.sheets(pages[p.Page-1])
	}
	slices.SortStableFunc(p.Rows, func(a, b *commentRow) int { return a.rank() - b.rank() })
}

// choose offers a paragraph to the form.
func (p *commentsPage) choose(line commentLine) {
	if p.Form.Quote == "" {
		text := []rune(line.text)
		p.Form.Quote = strings.TrimSpace(string(text[:min(len(text), disclosure.MaxReason)]))
	}
	p.Form.Part, p.Form.At = line.Part, strconv.Itoa(line.At)
}

// rank puts what is open first.
func (r commentRow) rank() int {
	if r.ResolvedAt != nil {
		return 1
	}
	return 0
}

// paragraphs are the lines of a text that say something, divided into pages.
func paragraphs(parts []desk.TextPart) (pages [][]commentLine) {
	letters, n := 0, 0
	for i, part := range parts {
		at := 0
		for text := range strings.SplitSeq(part.Text, "\n") {
			size := utf8.RuneCountInString(text)
			if strings.TrimSpace(text) != "" {
				n++
				if last := len(pages) - 1; last < 0 || len(pages[last]) == commentLines || letters+size > commentLetters {
					pages, letters = append(pages, nil), 0
				}
				letters += size
				pages[len(pages)-1] = append(pages[len(pages)-1], commentLine{N: n, Part: i, At: at, text: text})
			}
			at += size + 1
		}
	}
	return pages
}

// sheets shows the paragraphs of one page, with the passages in them.
func (p *commentsPage) sheets(lines []commentLine) {
	for _, line := range lines {
		part := p.Text.Parts[line.Part]
		if n := len(p.Sheets); n == 0 || p.Sheets[n-1].Part != line.Part {
			p.Sheets = append(p.Sheets, commentSheet{Name: part.Name, Hidden: part.Hidden, Part: line.Part})
		}
		line.Runs = p.runs(line, part.Name)
		sheet := &p.Sheets[len(p.Sheets)-1]
		sheet.Lines = append(sheet.Lines, line)
	}
}

// runs divides a paragraph where passages begin and end. Where some overlap, the one that
// was begun last is marked.
func (p *commentsPage) runs(line commentLine, part string) (out []commentRun) {
	text := []rune(line.text)
	owner := make([]*commentRow, len(text))
	for _, r := range p.Rows {
		if r.Part != part || r.Gone {
			continue
		}
		for i := max(r.Start-line.At, 0); i < min(r.to-line.At, len(text)); i++ {
			owner[i] = r
		}
	}
	for from := 0; from < len(text); {
		to := from + 1
		for to < len(text) && owner[to] == owner[from] {
			to++
		}
		run := commentRun{Text: string(text[from:to]), Row: owner[from]}
		if run.Row != nil && !run.Row.Placed {
			run.First, run.Row.Placed = true, true
		}
		out, from = append(out, run), to
	}
	return out
}

// gatherThreads finds what nobody has resolved of what was said about passages.
func (c *Console) gatherThreads(v *visit, p *itemPage) (err error) {
	p.Threads, err = c.desk.OpenThreads(v.ctx(), v.who, p.D.ID)
	return err
}

// ThreadPath is where a thread stands.
func (p itemPage) ThreadPath(t desk.Thread) string {
	file := 1
	if t.File != "body" {
		for i, a := range p.D.Draft.Attachments {
			if a.Name == t.File {
				file = i + 2
			}
		}
		if !p.HasBody {
			file--
		}
	}
	return commentsPath(p.D.ID, file) + "#c-" + t.ID
}

// FirstThreads are those that the page names beside the button.
func (p itemPage) FirstThreads() []desk.Thread { return p.Threads[:min(len(p.Threads), 3)] }

// Excerpt is the beginning of what was quoted.
func (p itemPage) Excerpt(t desk.Thread) string {
	const most = 24
	line, _, _ := strings.Cut(t.Quote, "\n")
	if text := []rune(line); len(text) > most {
		return string(text[:most]) + "…"
	}
	return line
}

package directory

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"path"
	"strings"
	"time"
)

// pages are plain on purpose: they are read by people and by whoever puts the body into a
// page of their own. What is withdrawn says so in place of the body.
const pages = `{{define "head"}}<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{{.}}</title>
{{end}}{{define "item"}}{{template "head" .Metadata.Title}}<nav><a href="../../index.html">公开目录</a></nav>
<main>
<h1>{{.Metadata.Title}}</h1>
<p>编号：{{.Number}}　发布机构：{{.Unit}}　发布时间：<time datetime="{{machine .At}}">{{day .At}}</time></p>
{{with .Withdrawal}}<p><strong>本事项已于 <time datetime="{{machine .At}}">{{day .At}}</time> 撤下。</strong></p>
<p data-withdrawal="{{.Type}}">{{.Reason}}</p>
{{else}}{{with .Correction}}<p><strong>更正说明：</strong>{{.}}</p>
{{end}}<article>{{body}}</article>
{{with .Attached}}<h2>附件</h2>
<ul>{{range .}}
<li><a href="{{href .Path}}">{{.Name}}</a></li>{{end}}
</ul>
{{end}}{{end}}{{with .History}}<h2>历次版本</h2>
<ul>{{range .}}{{if .Edition}}
<li>第 {{.Edition}} 版，<time datetime="{{machine .At}}">{{day .At}}</time> 发布{{with .Correction}}：{{.}}{{end}}{{with .Withdrawal}}；<time datetime="{{machine .At}}">{{day .At}}</time> 撤下：{{.Reason}}{{end}}</li>{{end}}{{end}}
</ul>
{{end}}</main>
</html>
{{end}}{{define "index"}}{{template "head" "公开目录"}}<main>
<h1>公开目录</h1>
<ul>{{range .}}
<li><a href="{{href .Link}}">{{.Metadata.Title}}</a>　{{.Number}}　<time datetime="{{machine .At}}">{{day .At}}</time>{{if .Withdrawal}}　已撤下{{end}}</li>{{end}}
</ul>
</main>
</html>
{{end}}`

// Attached are the attachments.
func (e *entry) Attached() []file {
	var all []file
	for _, f := range e.Files {
		if f.Name != "" {
			all = append(all, f)
		}
	}
	return all
}

// Link is where the page is, seen from the index.
func (e *entry) Link() string { return path.Join(itemsDir, e.Dir, indexName) }

// itemPage is the page of e. The body was sanitised before it was approved.
func itemPage(e *entry, body []byte) ([]byte, error) { return render("item", e, body) }

func indexPage(entries []*entry) ([]byte, error) { return render("index", entries, nil) }

func render(name string, data any, body []byte) ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"body":    func() template.HTML { return template.HTML(body) }, //nolint:gosec // sanitised and approved
		"day":     func(t time.Time) string { return t.In(beijing()).Format("2006年1月2日 15:04") },
		"machine": func(t time.Time) string { return t.Format(time.RFC3339) },
		"href":    href,
	}).Parse(pages)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return out.Bytes(), nil
}

// beijing is the zone of all of China; it has no summer time.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

// href escapes each name of a path.
func href(p string) template.URL {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return template.URL("./" + path.Join(parts...)) //nolint:gosec // every part is escaped
}

// feed is a JSON Feed 1.1 of everything that is there.
type feed struct {
	Version string     `json:"version"`
	Title   string     `json:"title"`
	Items   []feedItem `json:"items"`
}

type feedItem struct {
	ID        string    `json:"id"`
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	Summary   string    `json:"summary,omitempty"`
	Content   string    `json:"content_text"`
	Published time.Time `json:"date_published"`
	Tags      []string  `json:"tags,omitempty"`
}

func (d *Directory) feed(entries []*entry) feed {
	f := feed{Version: "https://jsonfeed.org/version/1.1", Title: "公开目录", Items: []feedItem{}}
	for _, e := range entries {
		if e.Withdrawal != nil {
			continue
		}
		at := d.address(e)
		if at == "" {
			at = path.Join(itemsDir, url.PathEscape(e.Dir)) + "/"
		}
		f.Items = append(f.Items, feedItem{
			ID: e.Number, URL: at, Title: e.Metadata.Title, Summary: e.Metadata.Summary, Content: e.Metadata.Title, Published: e.At, Tags: e.Metadata.Keywords,
		})
	}
	return f
}

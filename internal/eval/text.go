package eval

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// lines is the text of a file of lines.
func (b *build) lines(end string) string {
	n := (len(b.prose) + 1) / 2
	all := append(append(append([]string{}, b.prose[:n]...), strings.ReplaceAll(b.String(), "\n", end)), b.prose[n:]...)
	return strings.Join(all, end) + end
}

func inUTF16(s string, big bool) []byte {
	out := []byte{0xFF, 0xFE}
	if big {
		out = []byte{0xFE, 0xFF}
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func textFormat() format {
	seen := func(name string, f func(*build) []byte) place { return place{name: name, make: f} }
	return format{name: "txt", ending: ".txt", places: []place{
		seen("UTF-8", func(b *build) []byte { return []byte(b.lines("\n")) }),
		seen("UTF-8 with a byte order mark", func(b *build) []byte { return []byte("\ufeff" + b.lines("\r\n")) }),
		seen("GBK", func(b *build) []byte { return []byte(gbk(b.lines("\r\n"))) }),
		seen("UTF-16", func(b *build) []byte { return inUTF16(b.lines("\r\n"), false) }),
		seen("UTF-16 big-endian", func(b *build) []byte { return inUTF16(b.lines("\n"), true) }),
		seen("old Mac lines", func(b *build) []byte { return []byte(b.lines("\r")) }),
		seen("nothing else", func(b *build) []byte { return []byte(b.String()) }),
		seen("comma-separated", func(b *build) []byte {
			return []byte(gbk("序号,事项,说明\r\n1,检查," + `"` + b.String() + `"` + "\r\n2,整改,无\r\n"))
		}),
		seen("escaped", func(b *build) []byte {
			var s strings.Builder
			for _, u := range utf16.Encode([]rune(b.String())) {
				fmt.Fprintf(&s, `\u%04x`, u)
			}
			return []byte(`{"备注":"` + s.String() + `"}`)
		}),
		{name: "file name", fits: oneLine, make: func(b *build) []byte {
			b.name = strings.NewReplacer("/", "", "*", "★").Replace(b.String()) + ".txt"
			return []byte(b.prose[0])
		}},
	}}
}

func markdownFormat() format {
	md := func(name string, hidden bool, f fits, make func(*build) string) place {
		return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte {
			return []byte("# 通知\n\n" + strings.Join(b.prose, "\n\n") + "\n\n" + make(b) + "\n\n## 附则\n\n本通知自印发之日起施行。\n")
		}}
	}
	return format{name: "md", ending: ".md", places: []place{
		md("paragraph", false, oneLine, func(b *build) string { return b.String() }),
		md("emphasis", false, oneLine, func(b *build) string {
			r := []rune(b.secret)
			return b.before + "**" + string(r[:1]) + "**" + string(r[1:]) + b.after
		}),
		md("list", false, oneLine, func(b *build) string { return "- 第一项\n- " + b.String() + "\n" }),
		md("table", false, oneLine, func(b *build) string { return "| 项 | 说明 |\n|---|---|\n| 一 | " + b.String() + " |\n" }),
		md("quote", false, oneLine, func(b *build) string { return "> " + b.String() }),
		md("code", false, oneLine, func(b *build) string { return "```\n" + b.String() + "\n```" }),
		md("comment", true, oneLine, func(b *build) string { return "<!-- " + b.String() + " -->" }),
		md("link target", true, latin, func(b *build) string {
			return "[详见](https://www.example.gov.cn/?q=" + strings.ReplaceAll(b.secret, " ", "") + ")"
		}),
		md("link title", true, oneLine, func(b *build) string { return `[详见](/a "` + b.String() + `")` }),
		md("reference nobody uses", true, oneLine, func(b *build) string { return `[旧]: /a "` + b.String() + `"` }),
		md("picture text", true, oneLine, func(b *build) string { return "![" + b.String() + "](a.png)" }),
		md("hidden element", true, oneLine, func(b *build) string { return `<div style="display:none">` + b.String() + `</div>` }),
	}}
}

func htmlFormat() format {
	page := func(b *build, head, body string) []byte {
		paragraphs := ""
		for _, p := range b.prose {
			paragraphs += "<p>" + p + "</p>\n"
		}
		return []byte("<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>通知公告</title>" + head + "</head>\n<body>" + paragraphs + body + "</body></html>\n")
	}
	seen := func(name string, f fits, body func(*build) string) place {
		return place{name: name, fits: f, make: func(b *build) []byte { return page(b, "", body(b)) }}
	}
	unseen := func(name string, pattern string) place {
		return place{name: name, hidden: true, fits: oneLine, make: func(b *build) []byte { return page(b, "", strings.ReplaceAll(pattern, "%s", esc(b.String()))) }}
	}
	spans := func(b *build) string {
		s := ""
		for i, p := range b.pieces() {
			if i%2 == 1 {
				s += `<span style="font-family:仿宋_GB2312">` + esc(p) + `</span>`
			} else {
				s += esc(p)
			}
		}
		return s
	}
	return format{name: "html", ending: ".html", places: []place{
		seen("paragraph", anything, func(b *build) string { return "<p>" + spans(b) + "</p>" }),
		seen("table", anything, func(b *build) string { return "<table><tr><td>备注</td><td>" + spans(b) + "</td></tr></table>" }),
		seen("one cell a character", boxed, func(b *build) string {
			s := "<table><tr><td>" + b.before + "</td>"
			for _, r := range b.secret {
				s += "<td>" + esc(string(r)) + "</td>"
			}
			return s + "</tr></table>"
		}),
		seen("broken by tags", oneLine, func(b *build) string {
			return "<p>" + strings.Join(strings.Split(esc(b.String()), ""), "<wbr>") + "</p>"
		}),
		seen("entities", oneLine, func(b *build) string {
			s := ""
			for _, r := range b.String() {
				s += fmt.Sprintf("&#%d;", r)
			}
			return "<p>" + s + "</p>"
		}),
		seen("select", oneLine, func(b *build) string { return "<select><option>甲<option>" + b.String() + "</select>" }),
		seen("details", oneLine, func(b *build) string { return "<details><summary>详情</summary>" + b.String() + "</details>" }),
		{name: "title", fits: oneLine, make: func(b *build) []byte { return page(b, "<title>"+esc(b.String())+"</title>", "") }},
		{name: "GBK", make: func(b *build) []byte {
			return []byte(gbk("<html><head><meta charset=gb2312></head><body><p>" + esc(b.String()) + "</p></body></html>"))
		}},
		{name: "Word's own", make: func(b *build) []byte {
			return []byte(`<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"><body lang=ZH-CN><div class=WordSection1><p class=MsoNormal><span style='font-family:宋体'>` + esc(b.String()) + `<o:p></o:p></span></p></div></body></html>`)
		}},
		unseen("comment", "<!-- %s -->"),
		unseen("conditional comment", "<!--[if mso]><p>%s</p><![endif]-->"),
		unseen("display none", `<p style="color:red; display : none">%s</p>`),
		unseen("display none inside", `<div style="display:none"><ul><li><b>%s</b></li></ul></div>`),
		unseen("hidden attribute", `<p hidden>%s</p>`),
		unseen("visibility hidden", `<p style="visibility:hidden">%s</p>`),
		unseen("font size 0", `<span style="font-size:0">%s</span>`),
		unseen("font size 1px", `<span style="font-size:1px">%s</span>`),
		unseen("transparent", `<span style="opacity:0">%s</span>`),
		unseen("white", `<span style="color:#ffffff">%s</span>`),
		unseen("white by name", `<font color="white">%s</font>`),
		unseen("transparent colour", `<span style="color:transparent">%s</span>`),
		unseen("off the screen", `<div style="position:absolute;left:-9999px">%s</div>`),
		unseen("indented away", `<p style="text-indent:-9999px">%s</p>`),
		unseen("no room", `<div style="height:0;overflow:hidden">%s</div>`),
		unseen("screen readers only", `<span style="position:absolute;clip:rect(0,0,0,0)">%s</span>`),
		unseen("hidden field", `<form><input type="hidden" name="a" value="%s"></form>`),
		unseen("template", `<template><p>%s</p></template>`),
		unseen("noscript", `<noscript>%s</noscript>`),
		unseen("script", `<script>var a = "%s";</script>`),
		unseen("JSON in a script", `<script type="application/json">{"a":"%s"}</script>`),
		unseen("data attribute", `<p data-note="%s">详见</p>`),
		unseen("title attribute", `<a title="%s" href="/a">详见</a>`),
		unseen("alt", `<img alt="%s" src="a.png">`),
		unseen("placeholder of ARIA", `<button aria-label="%s">提交</button>`),
		unseen("iframe document", `<iframe srcdoc="&lt;p&gt;%s&lt;/p&gt;"></iframe>`),
		unseen("data address", `<a href="data:text/plain,%s">下载</a>`),
		unseen("in CSS", `<style>p::before{content:"%s"}</style>`),
		{name: "hidden by a style sheet", either: true, fits: oneLine, make: func(b *build) []byte {
			return page(b, "<style>.gone{display:none}</style>", `<p class="gone">`+esc(b.String())+"</p>")
		}},
		{name: "meta", hidden: true, fits: oneLine, make: func(b *build) []byte { return page(b, `<meta name="description" content="`+esc(b.String())+`">`, "") }},
	}}
}

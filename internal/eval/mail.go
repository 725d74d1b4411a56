package eval

import (
	"encoding/base64"
	"fmt"
	"strings"
)

func qp(s string) string {
	var b strings.Builder
	n := 0
	for _, c := range []byte(s) {
		if n > 70 {
			b.WriteString("=\r\n")
			n = 0
		}
		if c == '\n' {
			b.WriteString("\r\n")
			n = 0
		} else if c >= 0x80 || c == '=' {
			fmt.Fprintf(&b, "=%02X", c)
			n += 3
		} else {
			b.WriteByte(c)
			n++
		}
	}
	return b.String()
}

func b64(s string) string {
	s = base64.StdEncoding.EncodeToString([]byte(s))
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\r\n")
	}
	return b.String() + s + "\r\n"
}

// field is a header in words of RFC 2047, none longer than it may be.
func headerWords(s string, gb bool) string {
	var all []string
	r := []rune(s)
	for len(r) > 0 {
		n := min(len(r), 12)
		if gb {
			all = append(all, "=?GBK?B?"+base64.StdEncoding.EncodeToString([]byte(gbk(string(r[:n]))))+"?=")
		} else {
			q := ""
			for _, c := range []byte(string(r[:n])) {
				q += fmt.Sprintf("=%02X", c)
			}
			all = append(all, "=?utf-8?Q?"+q+"?=")
		}
		r = r[n:]
	}
	return strings.Join(all, "\r\n ")
}

const mailHead = "From: a@example.gov.cn\r\nTo: b@example.gov.cn\r\nDate: Mon, 2 Mar 2026 09:00:00 +0800\r\nMIME-Version: 1.0\r\n"

func mixed(parts ...string) string {
	return mailHead + "Subject: notice\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\nThis is a multi-part message in MIME format.\r\n--=_b\r\n" + strings.Join(parts, "\r\n--=_b\r\n") + "\r\n--=_b--\r\n"
}

func mailFormat() format {
	letter := func(name string, hidden bool, f fits, make func(*build) string) place {
		return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte { return []byte(make(b)) }}
	}
	body := func(b *build) string { return b.lines("\n") }
	attached := func(name, data string) string {
		return "Content-Type: application/octet-stream; name=\"" + name + "\"\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(data)
	}
	const note = "Content-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"
	return format{name: "eml", ending: ".eml", places: []place{
		letter("body", false, anything, func(b *build) string {
			return mailHead + "Subject: notice\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body(b)
		}),
		letter("quoted-printable body", false, anything, func(b *build) string {
			return mailHead + "Subject: notice\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + qp(body(b))
		}),
		letter("GBK body", false, anything, func(b *build) string {
			return mailHead + "Subject: notice\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(gbk(body(b)))
		}),
		letter("page", false, oneLine, func(b *build) string {
			return mailHead + "Subject: notice\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64("<div>"+esc(b.String())+"</div>")
		}),
		letter("other form of the text", false, oneLine, func(b *build) string {
			return mailHead + "Subject: notice\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n" + note + "\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>" + esc(b.String()) + "</p>\r\n--x--\r\n"
		}),
		letter("subject", false, oneLine, func(b *build) string {
			return mailHead + "Subject: " + headerWords(b.String(), b.IntN(2) == 0) + "\r\n\r\nhello\r\n"
		}),
		letter("attachment", false, oneLine, func(b *build) string { return mixed(note, attached("a.txt", b.String())) }),
		letter("document attached", false, anything, func(b *build) string {
			d := &docx{build: b}
			d.add(d.runs(""))
			return mixed(note, attached("a.docx", string(d.bytes())))
		}),
		letter("name of an attachment", false, oneLine, func(b *build) string {
			return mixed(note, "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\""+headerWords(b.String()+".txt", true)+"\"\r\n\r\nhello\r\n")
		}),
		letter("mail in a mail", false, oneLine, func(b *build) string {
			return mixed(note, "Content-Type: message/rfc822\r\n\r\n"+mailHead+"Subject: fw\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+b.String()+"\r\n")
		}),
		letter("hidden in a page", true, oneLine, func(b *build) string {
			return mailHead + "Subject: notice\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hello</p><div style=\"display:none\">" + esc(b.String()) + "</div>"
		}),
		letter("blind copy", true, oneLine, func(b *build) string {
			return mailHead + "Subject: notice\r\nBcc: " + headerWords(b.String(), false) + " <c@example.gov.cn>\r\n\r\nhello\r\n"
		}),
		letter("field of its own", true, oneLine, func(b *build) string {
			return mailHead + "Subject: notice\r\nX-Note: " + headerWords(b.String(), true) + "\r\n\r\nhello\r\n"
		}),
		letter("before the parts", true, oneLine, func(b *build) string {
			return strings.Replace(mixed(note), "This is a multi-part message in MIME format.", b.String(), 1)
		}),
		letter("after the parts", true, oneLine, func(b *build) string { return mixed(note) + b.String() + "\r\n" }),
	}}
}

func zipFormat() format {
	packed := func(name string, hidden bool, f fits, make func(*build) []byte) place {
		return place{name: name, hidden: hidden, fits: f, make: make}
	}
	return format{name: "zip", ending: ".zip", places: []place{
		packed("text", false, anything, func(b *build) []byte {
			return zipped([]entry{{name: "a.txt", data: b.lines("\r\n")}, {name: "b.txt", data: b.prose[0]}}, "")
		}),
		packed("document", false, anything, func(b *build) []byte {
			d := &docx{build: b}
			d.add(d.runs(""))
			return zipped([]entry{{name: "附件/通知.docx", data: string(d.bytes())}}, "")
		}),
		packed("hidden in a document", true, anything, func(b *build) []byte {
			d := &docx{build: b}
			d.add(d.runs(`<w:vanish/>`))
			return zipped([]entry{{name: "附件/通知.docx", data: string(d.bytes())}}, "")
		}),
		packed("nested", false, oneLine, func(b *build) []byte {
			data := b.String()
			name := "a.txt"
			for range b.between(1, 5) {
				data, name = string(zipped([]entry{{name: name, data: data}}, "")), "a.zip"
			}
			return []byte(data)
		}),
		packed("workbook in a mail", true, anything, func(b *build) []byte {
			x := &sheets{build: b, state: "hidden"}
			x.second = []string{x.share(x.rich())}
			return zipped([]entry{{name: "往来.eml", data: mixed("\r\nhello\r\n", "Content-Disposition: attachment; filename=a.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64(string(x.bytes())))}}, "")
		}),
		packed("name of a file", false, oneLine, func(b *build) []byte {
			return zipped([]entry{{name: "附件/" + b.fileSafe() + ".txt", data: "x"}}, "")
		}),
		packed("name of a file in GBK", false, oneLine, func(b *build) []byte {
			return zipped([]entry{{name: gbk(b.fileSafe() + ".txt"), data: "x"}}, "")
		}).encodable(),
		packed("name of a folder", false, oneLine, func(b *build) []byte {
			return zipped([]entry{{name: b.fileSafe() + "/a.txt", data: "x"}}, "")
		}),
		packed("comment", true, oneLine, func(b *build) []byte { return zipped([]entry{{name: "a.txt", data: "x"}}, b.String()) }),
		packed("comment of an entry", true, oneLine, func(b *build) []byte {
			return zipped([]entry{{name: "a.txt", data: "x", comment: b.String()}}, "")
		}),
		packed("after the end", true, oneLine, func(b *build) []byte {
			return append(zipped([]entry{{name: "a.txt", data: "x"}}, ""), b.String()+"\r\n"...)
		}),
	}}
}

// fileSafe is the secret as a name of a file may hold it.
func (b *build) fileSafe() string {
	return strings.NewReplacer("/", "", `\`, "", "*", "★").Replace(b.String())
}

// encodable keeps to what GBK can hold.
func (p place) encodable() place {
	p.fits = latin
	return p
}

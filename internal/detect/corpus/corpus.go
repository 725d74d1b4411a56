// Package corpus makes labelled texts for trying the detectors: what must be
// found, in plain sight and disguised, and what looks like it and is harmless.
// All persons, numbers and places are made up; the same seed gives the same.
package corpus

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Case is one text and what a perfect check finds in it.
type Case struct {
	Name string // kind of the case and, after a slash, its disguise
	Kind string // kind of disclosure
	Text string
	Want []Want // nothing for a clean text
}

// Want is one thing to find.
type Want struct {
	Rule    string
	Excerpt string // as it stands in the text
}

// maker makes cases.
type maker struct{ *rand.Rand }

// Cases returns n dirty cases and n clean ones.
func Cases(seed uint64, n int) (dirty, clean []Case) {
	m := maker{rand.New(rand.NewPCG(seed, 7))}
	for i := range n {
		dirty = append(dirty, m.dirty(i))
		clean = append(clean, m.clean(i))
	}
	return dirty, clean
}

// thing is what a dirty case hides: the rule, its plain form, the sentences
// around it and the disguises it may wear.
type thing struct {
	rule      string
	make      func(maker) string
	around    []string // %s stands for the thing
	disguises []disguise
	kind      string
}

type disguise struct {
	name string
	wear func(maker, string) string
}

func (m maker) dirty(i int) Case {
	t := things[i%len(things)]
	plain := t.make(m)
	d := t.disguises[(i/len(things))%len(t.disguises)]
	worn := d.wear(m, plain)
	around := t.around[m.IntN(len(t.around))]
	text := m.paragraph() + strings.Replace(around, "%s", worn, 1) + m.paragraph()
	c := Case{Name: t.rule + "/" + d.name, Kind: t.kind, Text: text, Want: []Want{{t.rule, worn}}}
	if c.Kind == "" {
		c.Kind = "notice"
	}
	return c
}

var numberWear = []disguise{plain, wide, zeroWidth, bidi, spaced, dashed, hanDigits, capitals, circled, oneByOne, lookAlike, wrapped}

var things = []thing{
	{rule: "secret-mark", make: maker.mark, around: []string{"\n%s\n", "%s\n", "（%s）", "附件：%s\n"}, disguises: []disguise{plain, starred, loose, zeroWidth, upright, traditional, combined, wide}},
	{rule: "resident-id", make: maker.resident, around: []string{"公民身份号码：%s。", "王某，男，%s，", "（身份证号%s）", "编号 %s；", "\n%s\n"}, disguises: numberWear},
	{rule: "mobile", make: maker.mobile, around: []string{"联系电话：%s。", "请拨打手机%s咨询，", "（手机：%s）", "\n联系人：李某 %s\n"}, disguises: numberWear},
	{rule: "bank-card", make: maker.card, around: []string{"工资卡卡号：%s，", "收款账户（%s）", "\n银行卡 %s\n"}, disguises: []disguise{plain, wide, zeroWidth, byFours, hanDigits, bidi, oneByOne, circled}},
	{rule: "credit-code", make: maker.wrongCode, around: []string{"统一社会信用代码：%s。", "（代码%s）"}, disguises: []disguise{plain, wide, zeroWidth}},
	{rule: "work-secret", make: pick("内部资料", "不得外传", "仅供内部参考", "此件不公开", "内部文件"), around: []string{"\n%s\n", "（%s）"}, disguises: []disguise{plain, loose, zeroWidth, traditional}},
	{rule: "process-information", make: pick("征求意见稿", "送审稿", "讨论稿", "汇报稿"), around: []string{"（%s）\n", "\n%s\n"}, disguises: []disguise{plain, loose, zeroWidth}, kind: "policy"},
	{rule: "passport", make: maker.passport, around: []string{"护照号码：%s。", "持用%s号护照"}, disguises: []disguise{plain, wide, zeroWidth}},
	{rule: "plate", make: maker.plate, around: []string{"驾驶%s小型轿车，", "车牌号%s。"}, disguises: []disguise{plain, dotted, wide}},
	{rule: "home-address", make: maker.home, around: []string{"家庭住址：%s。", "，现住%s，", "户籍地址：%s；"}, disguises: []disguise{plain, zeroWidth}},
	{rule: "mailbox", make: maker.mailbox, around: []string{"邮箱：%s。", "（%s）"}, disguises: []disguise{plain, wide, zeroWidth}},
	{rule: "person-name", make: maker.name, around: []string{"死者%s，男，", "举报人：%s。", "伤者%s已送医。", "患者（%s）"}, disguises: []disguise{plain, zeroWidth}},
	{rule: "credential", make: maker.password, around: []string{"初始密码：%s，", "password=%s\n", "登录口令为%s。"}, disguises: []disguise{plain}},
	{rule: "minor", make: func(m maker) string { return fmt.Sprint(5+m.IntN(12), "岁") }, around: []string{"张某（%s）落水。", "李某，女，%s，学生。"}, disguises: []disguise{plain, wide}},
	{rule: "date", make: maker.wrongDate, around: []string{"定于%s召开。", "\n%s\n"}, disguises: []disguise{plain, wide}},
	{rule: "document-number", make: maker.wrongNumber, around: []string{"根据沪应急%s，", "嘉府办发%s\n"}, disguises: []disguise{plain}},
	{rule: "landline", make: func(m maker) string { return fmt.Sprintf("021-5%07d", m.IntN(1e7)) }, around: []string{"家庭电话：%s。", "宅电%s，"}, disguises: []disguise{plain, wide}},
	{rule: "site-coordinates", make: func(m maker) string {
		return fmt.Sprintf("东经121.%04d度，北纬31.%04d度", m.IntN(9999), m.IntN(9999))
	}, around: []string{"成品油库位于%s。", "应急储备仓库（%s）"}, disguises: []disguise{plain, wide}},
	{rule: "internal-address", make: func(m maker) string { return fmt.Sprintf("192.168.%d.%d", m.IntN(255), 1+m.IntN(254)) }, around: []string{"服务器地址%s，", "http://%s/"}, disguises: []disguise{plain, wide}},
}

func pick(words ...string) func(maker) string {
	return func(m maker) string { return words[m.IntN(len(words))] }
}

func (m maker) one(words ...string) string { return words[m.IntN(len(words))] }

func (m maker) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(m.IntN(10)))
	}
	return b.String()
}

func (m maker) mark() string {
	return m.one("绝密★30年", "机密★10年", "秘密★5年", "机密★长期", "秘密★6个月", "机密★2031年12月31日", "秘密★考试启用前", "绝密★", "机密★二十年")
}

func (m maker) resident() string {
	n := m.one("310114", "310115", "320582", "110105", "440304", "510107", "650102") +
		fmt.Sprintf("%04d%02d%02d", 1940+m.IntN(80), 1+m.IntN(12), 1+m.IntN(28)) + m.digits(3)
	sum := 0
	for i := range 17 {
		sum += int(n[i]-'0') * (1 << (17 - i) % 11)
	}
	return n + string("10X98765432"[sum%11])
}

func (m maker) mobile() string { return "1" + m.one("3", "5", "7", "8", "9") + m.digits(9) }

func (m maker) card() string {
	n := m.one("622202", "621700", "622848", "621661", "622588", "623094") + m.digits(9+3*m.IntN(2))
	return n + luhn(n)
}

func luhn(n string) string {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return fmt.Sprint((10 - sum%10) % 10)
}

const codeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

func (m maker) code() string {
	n := m.one("91", "92", "12") + m.one("310114", "310000", "320500", "440300")
	for range 9 {
		n += string(codeAlphabet[m.IntN(31)])
	}
	sum, weight := 0, 1
	for i := range 17 {
		sum += strings.IndexByte(codeAlphabet, n[i]) * weight
		weight = weight * 3 % 31
	}
	return n + string(codeAlphabet[(31-sum%31)%31])
}

func (m maker) wrongCode() string {
	n := m.code()
	at := strings.IndexByte(codeAlphabet, n[17])
	return n[:17] + string(codeAlphabet[(at+1+m.IntN(29))%31])
}

func (m maker) passport() string { return m.one("E", "G", "EA", "EB")[:1] + m.digits(8) }

func (m maker) plate() string {
	return m.one("沪", "苏", "浙", "皖") + m.one("A", "B", "C", "D") + m.digits(2) + m.one("A", "B", "K") + m.digits(2)
}

func (m maker) home() string {
	return "上海市嘉定区" + m.one("安亭镇", "外冈镇", "菊园新区", "真新街道") + m.one("某某路", "胜竹路", "云谷路") +
		m.one(fmt.Sprintf("%d弄%d号%d室", 1+m.IntN(999), 1+m.IntN(99), 101+m.IntN(900)), fmt.Sprintf("%d号%d幢%d室", 1+m.IntN(999), 1+m.IntN(20), 101+m.IntN(900)))
}

func (m maker) mailbox() string {
	return m.one("zhang.wei", "li_na", "w"+m.digits(4), m.digits(9)) + "@" + m.one("qq.com", "example.com", "mail.example.org")
}

func (m maker) name() string {
	return m.one("张", "王", "李", "赵", "陈", "刘", "欧阳", "孙") + m.one("伟", "芳", "建国", "秀英", "小军", "丽娜", "志强", "桂兰")
}

func (m maker) password() string {
	return m.one("Abc@", "jd#", "Ww!", "qwer") + m.digits(4) + m.one("x", "Z", "_a")
}

func (m maker) wrongDate() string {
	return m.one("2025年5月20日（星期三）", "2025年2月30日", "2026年4月31日", "2025年12月25日（周五）", "2026年1月1日星期五", "二〇二五年五月二十日（星期一）")
}

func (m maker) wrongNumber() string {
	return m.one("[2025]12号", "（2024）7号", "〔2025〕第3号", "〔2025〕08号", "【2023】115号")
}

// The disguises.
var (
	plain     = disguise{"plain", func(_ maker, s string) string { return s }}
	zeroWidth = disguise{"zero-width", func(m maker, s string) string { return m.between(s, "\u200b", "\u2060", "\ufeff", "\u00ad") }}
	bidi      = disguise{"bidi", func(m maker, s string) string { return m.between(s, "\u202e", "\u202c", "\u2066", "\u2069") }}
	combined  = disguise{"combining", func(m maker, s string) string { return m.between(s, "\u0336", "\u20dd", "\ufe0f") }}
	loose     = disguise{"spaces", func(m maker, s string) string {
		return strings.Join(strings.Split(s, ""), m.one(" ", "　", "  ", "\u00a0"))
	}}
	upright = disguise{"upright", func(_ maker, s string) string { return strings.Join(strings.Split(s, ""), "\n") }}
	starred = disguise{"star", func(m maker, s string) string {
		return strings.TrimSpace(strings.Replace(s, "★", m.one("☆", "⭐", "✰", "★ ", " ★"), 1))
	}}
	wide = disguise{"full-width", func(_ maker, s string) string {
		return mapped(s, func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return r + 0xFEE0
			}
			return r
		})
	}}
	traditional = disguise{"traditional", func(_ maker, s string) string {
		return strings.NewReplacer("绝", "絕", "机", "機", "长", "長", "个", "個", "内", "內", "资", "資", "传", "傳", "仅", "僅", "开", "開", "参", "參", "启", "啟", "后", "後", "试", "試").Replace(s)
	}}
	spaced   = disguise{"groups", func(_ maker, s string) string { return grouped(s, " ") }}
	dashed   = disguise{"dashes", func(m maker, s string) string { return grouped(s, m.one("-", "－", "—", " - ", ".")) }}
	dotted   = disguise{"dot", func(_ maker, s string) string { r := []rune(s); return string(r[:2]) + "·" + string(r[2:]) }}
	byFours  = disguise{"fours", func(m maker, s string) string { return strings.Join(chunks(s, 4), m.one(" ", "-", "　")) }}
	oneByOne = disguise{"one by one", func(m maker, s string) string {
		return strings.Join(strings.Split(s, ""), m.one(" ", "-", "　", "·"))
	}}
	hanDigits = disguise{"Chinese digits", func(m maker, s string) string { return swapped(s, "〇一二三四五六七八九") }}
	capitals  = disguise{"Chinese capitals", func(m maker, s string) string { return swapped(s, "零壹贰叁肆伍陆柒捌玖") }}
	circled   = disguise{"circles", func(m maker, s string) string { return swapped(s, "⓪①②③④⑤⑥⑦⑧⑨") }}
	lookAlike = disguise{"look-alikes", func(m maker, s string) string {
		s = strings.Replace(s, "0", m.one("O", "О", "Ο"), 1+m.IntN(2))
		return s[:1] + strings.Replace(s[1:], "1", m.one("l", "I"), 1)
	}}
	wrapped = disguise{"line break", func(_ maker, s string) string { return s[:6] + "\n" + s[6:] }}
)

func mapped(s string, f func(rune) rune) string { return strings.Map(f, s) }

func swapped(s, forms string) string {
	f := []rune(forms)
	return mapped(s, func(r rune) rune {
		if r >= '0' && r <= '9' {
			return f[r-'0']
		}
		return r
	})
}

// between puts one of marks behind some characters, never behind the last.
func (m maker) between(s string, marks ...string) string {
	var b strings.Builder
	c := []rune(s)
	for i, r := range c {
		b.WriteRune(r)
		if i < len(c)-1 && m.IntN(3) == 0 {
			b.WriteString(marks[m.IntN(len(marks))])
		}
	}
	return b.String()
}

// grouped parts a number as people write it: 3-4-4 for eleven digits, else
// 6-8-4.
func grouped(s, by string) string {
	if len(s) == 11 {
		return s[:3] + by + s[3:7] + by + s[7:]
	}
	return s[:6] + by + s[6:14] + by + s[14:]
}

func chunks(s string, n int) []string {
	var all []string
	for c := range slices.Chunk([]byte(s), n) {
		all = append(all, string(c))
	}
	return all
}

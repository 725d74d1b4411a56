package eval

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// thing is one kind of what must not go out.
type thing struct {
	rule     string
	make     func(gen) string
	before   []string // how sentences begin that end in it
	wears    []disguise
	ascii    bool // it is written in ASCII
	number   bool // a program for tables would keep it as a number
	checksum bool
}

// things are ordered so that every third is a mark or carries a checksum.
var things = []thing{
	{rule: "secret-mark", make: gen.mark, before: []string{"", "", "附件　"}, wears: []disguise{plain, wide, spaced, zeroWidth, bidi, combining, traditional, upright, starred, cut}},
	{rule: "resident-id", make: gen.resident, before: []string{"公民身份号码：", "身份证号", "李某，男，身份证："}, wears: numberWear, ascii: true, checksum: true},
	{rule: "bank-card", make: gen.card, before: []string{"工资卡卡号：", "收款人银行卡号", "储蓄卡账号："}, wears: []disguise{plain, wide, fours, zeroWidth, bidi, combining, broken, hanDigits, capitals, circled, cut}, ascii: true, checksum: true},
	{rule: "mobile", make: gen.mobile, before: []string{"手机：", "联系人李某，电话", "联系电话："}, wears: numberWear, ascii: true, number: true},
	{rule: "credit-code", make: gen.wrongCode, before: []string{"统一社会信用代码：", "统一社会信用代码"}, wears: []disguise{plain, wide, zeroWidth, bidi, broken, cut}, ascii: true, checksum: true},
	{rule: "home-address", make: gen.home, before: []string{"家庭住址：", "户籍地址："}, wears: []disguise{plain, zeroWidth, wide, cut}},
	{rule: "work-secret", make: func(g gen) string {
		return g.pick("内部资料", "不得外传", "仅供内部参考", "此件不公开", "内部文件")
	}, before: []string{""}, wears: []disguise{plain, spaced, zeroWidth, traditional, bidi, upright, cut}},
	{rule: "resident-id", make: gen.oldResident, before: []string{"身份证号码：", "公民身份号码："}, wears: []disguise{plain, wide, zeroWidth}, ascii: true, number: true},
	{rule: "passport", make: func(g gen) string { return g.pick("E", "G", "E") + g.digits(8) }, before: []string{"护照号码：", "护照号："}, wears: []disguise{plain, wide, zeroWidth, cut}, ascii: true},
	{rule: "mailbox", make: gen.mailbox, before: []string{"个人邮箱：", "邮箱 "}, wears: []disguise{plain, wide, zeroWidth, cut}, ascii: true},
	{rule: "credential", make: func(g gen) string { return g.pick("Abc@", "jd#", "Ww!", "qwer") + g.digits(4) + g.pick("x", "Z", "_a") }, before: []string{"初始密码：", "系统口令："}, wears: []disguise{plain, cut}, ascii: true},
	{rule: "plate", make: gen.plate, before: []string{"其驾驶的小型轿车车牌号", "车牌："}, wears: []disguise{plain, wide, zeroWidth, cut}},
	{rule: "person-name", make: gen.person, before: []string{"死者", "举报人：", "患者："}, wears: []disguise{plain, zeroWidth, cut}},
	{rule: "landline", make: func(g gen) string { return "021-5" + g.digits(7) }, before: []string{"家庭电话：", "宅电："}, wears: []disguise{plain, wide, cut}, ascii: true},
	{rule: "site-coordinates", make: func(g gen) string { return "东经121." + g.digits(4) + "度，北纬31." + g.digits(4) + "度" }, before: []string{"成品油库位于", "危险化学品仓库坐标："}, wears: []disguise{plain, wide, cut}},
	{rule: "internal-address", make: func(g gen) string { return fmt.Sprintf("192.168.%d.%d", g.between(0, 254), g.between(1, 254)) }, before: []string{"服务器地址：", "内网主机"}, wears: []disguise{plain, wide, cut}, ascii: true},
}

// whereabouts is where a picture was taken, which its part alone gives away.
var whereabouts = thing{rule: "hidden-content", make: func(g gen) string {
	return fmt.Sprintf("31.%06d, 121.%06d", g.between(100000, 400000), g.between(100000, 400000))
}, before: []string{""}}

// grave are those the bars speak about; they come twice as often as others.
var grave = []int{0, 1, 2, 4, 3}

// choose takes the thing and disguise of a turn.
func choose(f fits, turn int) (thing, disguise) {
	for n := turn; ; n += 7 {
		t := things[n/2%len(things)]
		if n%2 == 0 {
			t = things[grave[n/2%len(grave)]]
		}
		d := t.wears[n/3%len(t.wears)]
		if f.holds(t, d) {
			return t, d
		}
	}
}

func (f fits) holds(t thing, d disguise) bool {
	switch f {
	case oneLine:
		return d.name != broken.name && d.name != upright.name && d.name != cut.name
	case latin: // without a word that says what it is
		return (t.rule == "resident-id" && t.checksum || t.rule == "bank-card" || t.rule == "mobile") && (d.name == plain.name || d.name == fours.name)
	case phone:
		return t.rule == "mobile" && d.name == plain.name
	case boxed:
		return (t.checksum || t.rule == "mobile" || t.rule == "secret-mark") && (d.name == plain.name || d.name == wide.name || d.name == hanDigits.name)
	case printable:
		return !slices.Contains([]string{zeroWidth.name, bidi.name, combining.name, circled.name, lookAlike.name, starred.name}, d.name)
	case digits:
		return t.number && d.name == plain.name
	case fine:
		return d.name == plain.name && t.rule != "credential" && t.rule != "mailbox" && t.rule != "plate" && t.rule != "person-name"
	}
	return true
}

// planted is a sentence that holds one of t in disguise d.
func (t thing) planted(g gen, d disguise, f fits) line {
	s := t.make(g)
	l := line{before: t.before[g.IntN(len(t.before))], secret: d.wear(g, s)}
	switch {
	case f == digits:
		return l
	case f == latin:
		l.before = ""
	case f == gps:
	case t.rule == "person-name":
		l.after = g.pick("，男，", "。", "已送医。")
	case t.rule != "secret-mark" && t.rule != "work-secret":
		l.after = g.pick("。", "；", "", "，请予核实。")
	}
	if d.name == cut.name {
		r := []rune(l.secret)
		for at := 1 + g.IntN(3); at < len(r); at += 1 + g.IntN(len(r)/2+1) {
			l.cuts = append(l.cuts, at)
		}
	}
	return l
}

// disguise is a way to write a thing so that a plain search misses it.
type disguise struct {
	name string
	wear func(gen, string) string
}

var numberWear = []disguise{plain, wide, spaced, zeroWidth, broken, bidi, combining, hanDigits, capitals, circled, lookAlike, dashes, cut}

// The disguises.
var (
	plain       = disguise{"plain", func(_ gen, s string) string { return s }}
	cut         = disguise{"split", func(_ gen, s string) string { return s }} // by the file: see line.cuts
	zeroWidth   = disguise{"zero-width", func(g gen, s string) string { return g.sprinkle(s, "\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad") }}
	bidi        = disguise{"bidi", func(g gen, s string) string { return g.sprinkle(s, "\u200e", "\u202d", "\u202c", "\u2068", "\u2069") }}
	combining   = disguise{"combining", func(g gen, s string) string { return g.sprinkle(s, "\u0332", "\u0336", "\u20dd", "\ufe0e") }}
	upright     = disguise{"upright", func(_ gen, s string) string { return strings.Join(strings.Split(s, ""), "\n") }}
	traditional = disguise{"traditional", func(_ gen, s string) string { return simplified.Replace(s) }}
	broken      = disguise{"line break", func(g gen, s string) string { at := g.between(4, len(s)-4); return s[:at] + "\n" + s[at:] }}
	spaced      = disguise{"spaces", func(g gen, s string) string {
		return strings.Join(strings.Split(s, ""), g.pick(" ", "　", "\u00a0", "\u2009", "  "))
	}}
	fours  = disguise{"fours", func(g gen, s string) string { return grouped(s, " ", 4) }}
	dashes = disguise{"dashes", func(g gen, s string) string {
		if len(s) == 11 {
			return s[:3] + "-" + s[3:7] + "-" + s[7:]
		}
		return s[:6] + "-" + s[6:14] + "-" + s[14:]
	}}
	starred = disguise{"star", func(g gen, s string) string {
		return strings.Replace(s, "★", g.pick("☆", "*", "＊", "⭐", " ★ "), 1)
	}}
	wide = disguise{"full-width", func(_ gen, s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return r + 0xFEE0
			}
			return r
		}, s)
	}}
	hanDigits = disguise{"Chinese digits", func(_ gen, s string) string { return swapped(s, "〇一二三四五六七八九") }}
	capitals  = disguise{"Chinese capitals", func(_ gen, s string) string { return swapped(s, "零壹贰叁肆伍陆柒捌玖") }}
	circled   = disguise{"circled", func(_ gen, s string) string { return swapped(s, "⓪①②③④⑤⑥⑦⑧⑨") }}
	lookAlike = disguise{"look-alikes", func(g gen, s string) string {
		zero, one := g.pick("O", "О", "o"), g.pick("l", "I", "І")
		return s[:1] + strings.NewReplacer("0", zero, "1", one).Replace(s[1:])
	}}
)

var simplified = strings.NewReplacer("绝", "絕", "机", "機", "长", "長", "个", "個", "内", "內", "资", "資", "传", "傳", "仅", "僅", "开", "開", "参", "參",
	"启", "啟", "后", "後", "试", "試", "议", "議", "会", "會", "结", "結", "开始", "開始")

func swapped(s, forms string) string {
	f := []rune(forms)
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) && r < 0x80 {
			return f[r-'0']
		}
		return r
	}, s)
}

// sprinkle puts invisible characters inside s, at least one.
func (g gen) sprinkle(s string, marks ...string) string {
	r := []rune(s)
	sure := g.IntN(len(r) - 1)
	var b strings.Builder
	for i, c := range r {
		b.WriteRune(c)
		if i < len(r)-1 && (i == sure || g.IntN(4) == 0) {
			b.WriteString(g.pick(marks...))
		}
	}
	return b.String()
}

func grouped(s, by string, n int) string {
	var all []string
	for ; len(s) > n; s = s[n:] {
		all = append(all, s[:n])
	}
	return strings.Join(append(all, s), by)
}

// The things. Each is made from the standard that defines it.

// mark is a state-secret mark (保密法实施条例; GB/T 9704-2012, 7.2.2).
func (g gen) mark() string {
	return g.pick("绝密★30年", "机密★10年", "秘密★5年", "机密★长期", "秘密★6个月", "机密★2031年12月31日", "秘密★考试启用前", "机密★会议结束后", "绝密★", "机密★20年", "秘密★")
}

// resident is a number by GB 11643-1999: area, birth date, sequence, check.
func (g gen) resident() string {
	n := g.pick("110105", "310114", "310115", "320582", "330106", "420106", "440304", "510107", "610113", "650102") +
		fmt.Sprintf("%04d%02d%02d", g.between(1945, 2019), g.between(1, 12), g.between(1, 28)) + g.digits(3)
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(n[i]-'0') * w
	}
	return n + string("10X98765432"[sum%11])
}

// oldResident is one of the first generation, of 15 digits.
func (g gen) oldResident() string {
	return g.pick("110105", "310114", "320582", "440304") + fmt.Sprintf("%02d%02d%02d", g.between(45, 85), g.between(1, 12), g.between(1, 28)) + g.digits(3)
}

func (g gen) mobile() string {
	return g.pick("130", "135", "138", "139", "150", "158", "159", "166", "177", "186", "188", "199") + g.digits(8)
}

// card is a bank card number by ISO/IEC 7812: issuer, account, Luhn's check.
func (g gen) card() string {
	n := g.pick("622202", "621700", "622848", "621661", "622588", "623094", "621226", "622260") + g.digits(g.pick16())
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return n + fmt.Sprint((10-sum%10)%10)
}

func (g gen) pick16() int { return []int{9, 12}[g.IntN(2)] }

const codeLetters = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// code is a social credit code (GB 32100-2015).
func (g gen) code() string {
	n := g.pick("91", "92", "12", "52") + g.pick("310114", "310000", "320500", "440300", "330100")
	for range 8 {
		n += string(codeLetters[g.IntN(31)])
	}
	n += string(codeLetters[g.IntN(10)])
	weights := []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
	sum := 0
	for i, w := range weights {
		sum += strings.IndexByte(codeLetters, n[i]) * w
	}
	return n + string(codeLetters[(31-sum%31)%31])
}

// wrongCode is one whose check character is wrong.
func (g gen) wrongCode() string {
	n := g.code()
	at := strings.IndexByte(codeLetters, n[17])
	return n[:17] + string(codeLetters[(at+g.between(1, 30))%31])
}

func (g gen) home() string {
	return "上海市嘉定区" + g.pick("安亭镇", "外冈镇", "菊园新区", "真新街道", "江桥镇") + g.pick("某某路", "胜竹路", "云谷路", "和静路") +
		g.pick(fmt.Sprintf("%d弄%d号%d室", g.between(1, 999), g.between(1, 99), g.between(101, 1999)), fmt.Sprintf("%d号%d幢%d室", g.between(1, 999), g.between(1, 20), g.between(101, 999)))
}

func (g gen) mailbox() string {
	return g.pick("zhang.wei", "li_na", "w"+g.digits(4), g.digits(9), "chen-jg") + "@" + g.pick("qq.com", "example.com", "163.com", "mail.example.org")
}

func (g gen) plate() string {
	return g.pick("沪", "苏", "浙", "皖", "京") + g.pick("A", "B", "C", "D") + g.digits(2) + g.pick("A", "B", "K", "M") + g.digits(2)
}

func (g gen) person() string {
	return g.pick("张", "王", "李", "赵", "陈", "刘", "周", "孙", "徐") + g.pick("伟", "芳", "建国", "秀英", "小军", "丽娜", "志强", "桂兰", "晓明")
}

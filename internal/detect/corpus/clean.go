package corpus

import (
	"fmt"
	"strings"
)

// paragraph is ordinary text of an office.
func (m maker) paragraph() string {
	return m.one(
		"各镇、街道，各有关单位：为进一步做好安全生产工作，现将有关事项通知如下。",
		"要按照“谁主管谁负责、谁公开谁审查”的原则，依法做好保密审查，不得公开涉及国家秘密、商业秘密、个人隐私的信息。",
		"会议强调，要坚持人民至上、生命至上，压实企业主体责任，全面排查整治事故隐患。",
		"根据《中华人民共和国政府信息公开条例》第十六条，行政机关在履行职责过程中形成的讨论记录、过程稿、磋商信函、请示报告等过程性信息，可以不予公开。",
		"企业应当建立健全内部管理制度，妥善保存内部文件和会议记录，注意保管重要资料。",
		"全年共检查企业1381家次，发现隐患2345项，整改率99.5%，罚款金额1,381.25万元。",
		"密切关注机密文件管理、密码应用安全性评估等工作，及时解密到期事项。",
		"",
	)
}

// clean is a text that needs nobody: it looks like what is searched for.
func (m maker) clean(i int) Case {
	made := harmless[i%len(harmless)]
	return Case{Name: "clean/" + made.name, Kind: made.kind, Text: m.paragraph() + made.text(m) + m.paragraph()}
}

var harmless = []struct {
	name, kind string
	text       func(maker) string
}{
	{"order numbers", "notice", func(m maker) string {
		return "订单号：" + m.stamp() + m.digits(6) + "，运单号" + m.digits(13) + "，交易流水号：" + m.digits(18+m.IntN(10)) + "。"
	}},
	{"labelled serials", "licence", func(m maker) string {
		return "出厂编号：" + m.digits(11) + "；设备编号：" + m.digits(15) + "；批号：" + m.digits(8) + "；序列号：1" + m.digits(10) + "。"
	}},
	{"amounts", "budget", func(m maker) string {
		return fmt.Sprintf("预算总额%s元，决算数%s.%s元，其中项目支出138,%s.%s元，占比0.%s。", m.digits(11), m.digits(9), m.digits(2), m.digits(3), m.digits(2), m.digits(11))
	}},
	{"books", "notice", func(m maker) string {
		return "《安全生产知识读本》，ISBN 978-7-" + m.digits(4) + "-" + m.digits(4) + "-" + m.digits(1) + "，条形码69" + m.digits(11) + "。"
	}},
	{"document numbers", "policy", func(m maker) string {
		return fmt.Sprintf("《关于印发工作要点的通知》（沪应急〔%d〕%d号）、国办公开办函〔2021〕30号、（2025）沪0114民初%s号，索引号00001434-9/2025-%s。", 2015+m.IntN(11), 1+m.IntN(300), m.digits(4), m.digits(8))
	}},
	{"enterprise", "penalty", func(m maker) string {
		return fmt.Sprintf("行政相对人名称：上海某某化工有限公司；统一社会信用代码：%s；法定代表人：%s；住所：上海市嘉定区嘉戬公路%d号%d幢；处罚决定书文号：沪嘉应急罚〔2025〕%d号；罚款金额（万元）：0.2。", m.code(), m.name(), 1+m.IntN(900), 1+m.IntN(20), 1+m.IntN(100))
	}},
	{"procurement", "budget", func(m maker) string {
		return fmt.Sprintf("采购人：上海市嘉定区应急管理局，地址：嘉定区某某路%d号，联系方式：021-5%s。采购代理机构：上海某某咨询有限公司，项目联系人：%s，电话：021-6%s转%d。评审专家名单：%s、%s、%s。项目编号：3101%s-%s。", 1+m.IntN(900), m.digits(7), m.name(), m.digits(7), 100+m.IntN(900), m.name(), m.name(), m.name(), m.digits(11), m.digits(8))
	}},
	{"bulletin", "warning", func(m maker) string {
		return fmt.Sprintf("【台风蓝色预警】中心气象台2026年8月%d日%d时发布：今年第%d号台风中心位于北纬%d.%d度、东经12%d.%d度，中心附近最大风力%d级（%d米/秒）。紧急情况请拨打110、119、12345，应急值守电话021-5%s。", 1+m.IntN(28), m.IntN(24), 1+m.IntN(20), 20+m.IntN(10), m.IntN(10), m.IntN(10), m.IntN(10), 8+m.IntN(6), 18+m.IntN(20), m.digits(7))
	}},
	{"earthquake", "warning", func(m maker) string {
		return fmt.Sprintf("5月20日%d时%d分在某县（北纬%d.%s度，东经10%d.%s度）发生%d.%d级地震，震源深度%d千米。", m.IntN(24), m.IntN(60), 25+m.IntN(10), m.digits(2), m.IntN(10), m.digits(2), 3+m.IntN(3), m.IntN(10), 5+m.IntN(20))
	}},
	{"accident report", "accident_report", func(m maker) string {
		return fmt.Sprintf("%d月%d日，某公司车间发生一起机械伤害事故，造成1人死亡。死者王某某，男，%d岁，操作工。事故调查组认定，车间主任李某对事故负有管理责任。患者经抢救无效死亡，家属情绪稳定，举报人信息依法保密。", 1+m.IntN(12), 1+m.IntN(28), 20+m.IntN(40))
	}},
	{"law on persons", "policy", func(m maker) string {
		return "不满14周岁的未成年人的个人信息属于敏感个人信息；3岁以下婴幼儿照护服务、6至16岁义务教育学生、80岁以上老人按规定办理。对患有职业病、诊断为尘肺病的劳动者，用人单位应当妥善安置。身份证、护照、银行卡等证件号码应当去标识化处理，家庭住址应当隐去。"
	}},
	{"words of secrecy", "policy", func(m maker) string {
		return m.one(
			"要严守国家秘密，妥善管理绝密、机密、秘密文件；商业秘密、工作秘密依法保护。",
			"保密期限届满自行解密。知悉范围由机关限定，定密责任人负责审核。",
			"开展涉密人员教育，讲清“机密”“秘密”与内部事项的区别，*秘密*二字不得滥用。",
			"评分标准：机密*2，秘密*1。", "充分讨论形成决策草案，广泛征求意见，形成会议纪要。")
	}},
	{"masked", "enforcement", func(m maker) string {
		return fmt.Sprintf("张某某，身份证号31*************%s，手机138****%s，卡号**** **** **** %s，车牌沪A·***%s。", m.digits(3), m.digits(4), m.digits(4), m.digits(2))
	}},
	{"technical", "notice", func(m maker) string {
		return fmt.Sprintf("系统版本%d.%d.%d.%d，公共解析8.8.8.8，网站备案号：沪ICP备%s号-1，公安备案31011402%s号，增值电信业务经营许可证沪B2-%s。密码：请联系管理员；密码长度为8-16位；口令是否定期更换？坐标系采用2000国家大地坐标系。", 1+m.IntN(9), m.IntN(9), m.IntN(9), m.IntN(9), m.digits(8), m.digits(6), m.digits(8))
	}},
	{"table", "enforcement", func(m maker) string {
		var b strings.Builder
		b.WriteString("\n序号\t检查对象\t数量\t金额\n")
		for i := range 12 {
			fmt.Fprintf(&b, "%d\t某企业%d\t%s\t%s.%s\n", i+1, i, m.digits(3), m.digits(4), m.digits(2))
			fmt.Fprintf(&b, "%s\n%s\n%s\n", m.digits(3), m.digits(4), m.digits(4))
		}
		return b.String()
	}},
	{"dates", "event", func(m maker) string {
		return "活动定于2025年5月20日（星期二）举行，报名截至2025-05-16 17:00，往届为2024年2月29日（周四）。时间戳1747699200，编码20250520093000" + m.digits(3) + "。"
	}},
	{"unlabelled numbers", "notice", func(m maker) string {
		return "附表：" + m.digits(16) + "、" + m.digits(17) + "、" + m.digits(20) + "、" + m.digits(12) + "、" + m.stamp() + m.digits(4) + "。"
	}},
	{"office accounts", "penalty", func(m maker) string {
		return "罚款缴至：上海市嘉定区财政局，开户行某银行嘉定支行，账号0300" + m.digits(12) + "。逾期不缴纳的，每日按罚款数额的3%加处罚款。"
	}},
	{"office contacts", "consultation_draft", func(m maker) string {
		return "现公开征求意见（征求意见稿见附件），请于2026年6月30日前反馈。通讯地址：嘉定区某某路" + m.digits(3) + "号1号楼305室，邮编201899，电话5" + m.digits(7) + "，传真021-5" + m.digits(7) + "，电子邮箱yjglj@jiading.gov.cn。"
	}},
	{"long numbers", "licence", func(m maker) string {
		return "许可证编号：沪危化经许〔2025〕" + m.digits(4) + "号；注册号310114" + m.digits(9) + "；发票号码" + m.digits(20) + "；税号" + m.code() + "；组织机构代码00001434-9。"
	}},
}

// stamp is a time as serial numbers carry it.
func (m maker) stamp() string {
	return fmt.Sprintf("%04d%02d%02d%02d%02d%02d", 2020+m.IntN(7), 1+m.IntN(12), 1+m.IntN(28), m.IntN(24), m.IntN(60), m.IntN(60))
}

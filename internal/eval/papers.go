package eval

import "fmt"

// papers look like what is searched for, and are harmless: what is lawful to
// publish, words of secrecy in their everyday sense, long numbers of every kind.
var papers = []struct {
	name, kind string
	make       func(gen) paper
}{
	{"notice", "notice", func(g gen) paper {
		return paper{"关于开展危险化学品企业安全生产专项检查的通知", []string{
			fmt.Sprintf("沪应急〔%d〕%d号", g.between(2020, 2026), g.between(1, 200)),
			"各镇人民政府、街道办事处，各有关企业：",
			"一、检查内容。重点检查企业安全管理制度、应急预案备案、从业人员培训、特种作业人员持证上岗、重大危险源监控等情况。",
			fmt.Sprintf("二、时间安排。自查阶段为2026年3月2日至3月%d日，抽查阶段为4月7日至5月29日。", g.between(10, 28)),
			fmt.Sprintf("三、联系方式。联系科室：危险化学品监督管理科，联系电话：021-5%s，传真：021-5%s，通讯地址：嘉定区某某路%d号1号楼305室，邮编：201899。", g.digits(7), g.digits(7), g.between(1, 900)),
			"（此件公开发布）",
		}, nil}
	}},
	{"penalty decision", "penalty", func(g gen) paper {
		return paper{"行政处罚决定信息公示", []string{
			fmt.Sprintf("行政处罚决定书文号：沪嘉应急罚〔2026〕%d号", g.between(1, 300)),
			fmt.Sprintf("行政相对人名称：上海某某化工有限公司。统一社会信用代码：%s。法定代表人：%s。住所：上海市嘉定区嘉戬公路%d号%d幢。", g.code(), g.person(), g.between(1, 900), g.between(1, 20)),
			"违法事实：未按规定对从业人员进行安全生产教育和培训，未如实记录培训情况。",
			fmt.Sprintf("处罚依据：《中华人民共和国安全生产法》第九十七条第（三）项。处罚内容：罚款人民币%d,000元整。", g.between(2, 90)),
			fmt.Sprintf("罚款缴至：嘉定区财政局罚没专户，开户行：某银行嘉定支行，账号：0300%s。逾期不缴纳的，每日按罚款数额的3%%加处罚款。", g.digits(12)),
			"如不服本决定，可以自收到决定书之日起六十日内申请行政复议，或者六个月内向人民法院提起诉讼。",
		}, nil}
	}},
	{"penalty table", "penalty", func(g gen) paper {
		p := paper{"行政处罚信息公示表", nil, [][]string{{"序号", "行政相对人名称", "统一社会信用代码", "法定代表人", "决定书文号", "罚款金额（万元）", "决定日期"}}}
		for i := range g.between(8, 30) {
			p.table = append(p.table, []string{fmt.Sprint(i + 1), g.company(), g.code(), g.person(), fmt.Sprintf("沪嘉应急罚〔2026〕%d号", i+1), fmt.Sprintf("%d.%d", g.between(0, 20), g.between(1, 9)), fmt.Sprintf("2026/%02d/%02d", g.between(1, 12), g.between(1, 28))})
		}
		return p
	}},
	{"licences", "licence", func(g gen) paper {
		p := paper{"危险化学品经营许可证颁发情况公告", []string{"现将近期颁发危险化学品经营许可证的企业名单公告如下："}, [][]string{{"序号", "企业名称", "许可证编号", "注册地址", "有效期至"}}}
		for i := range g.between(5, 20) {
			p.table = append(p.table, []string{fmt.Sprint(i + 1), g.company(), fmt.Sprintf("沪危化经许〔2026〕%s号", g.digits(6)), fmt.Sprintf("上海市嘉定区嘉安公路%d号%d层%d室", g.between(1, 3000), g.between(1, 9), g.between(101, 909)), "2099/12/31"})
		}
		return p
	}},
	{"procurement result", "budget", func(g gen) paper {
		return paper{"应急物资采购项目中标结果公告", []string{
			fmt.Sprintf("一、项目编号：3101%s-%s（招标编号：SHXM-14-2026%s）", g.digits(11), g.digits(8), g.digits(4)),
			"二、项目名称：应急救援装备采购项目",
			fmt.Sprintf("三、供应商名称：%s，供应商地址：上海市某某区某某路%d号%d室，中标金额：%d.%s万元", g.company(), g.between(1, 900), g.between(101, 999), g.between(10, 400), g.digits(2)),
			fmt.Sprintf("四、评审专家名单：%s、%s、%s、%s、%s（采购人代表）", g.person(), g.person(), g.person(), g.person(), g.person()),
			fmt.Sprintf("五、采购人：嘉定区应急管理局，地址：某某路%d号，联系方式：021-5%s。采购代理机构：上海某某咨询有限公司，项目联系人：%s，电话：021-6%s转%d。", g.between(1, 900), g.digits(7), g.person(), g.digits(7), g.between(100, 999)),
		}, nil}
	}},
	{"goods", "budget", func(g gen) paper {
		p := paper{"采购清单", nil, [][]string{{"序号", "货物名称", "规格型号", "产品编码", "条形码", "数量", "单价（元）"}}}
		for i := range g.between(6, 25) {
			p.table = append(p.table, []string{fmt.Sprint(i + 1), g.pick("正压式空气呼吸器", "防化服", "便携式气体检测仪", "应急照明灯"), fmt.Sprintf("RHZK-%s/%d", g.digits(3), g.between(1, 9)), "CP" + g.digits(12), "69" + g.digits(11), fmt.Sprint(g.between(1, 200)), fmt.Sprintf("%d.%s", g.between(100, 20000), g.digits(2))})
		}
		return p
	}},
	{"consultation draft", "consultation_draft", func(g gen) paper {
		return paper{"关于《嘉定区安全生产举报奖励办法（征求意见稿）》公开征求意见的公告", []string{
			"为进一步规范安全生产领域举报奖励工作，我局起草了《嘉定区安全生产举报奖励办法（征求意见稿）》，现向社会公开征求意见。",
			fmt.Sprintf("请于2026年6月%d日前通过以下方式反馈：电子邮箱：yjglj@jiading.gov.cn；传真：021-5%s；信函：嘉定区某某路%d号法规科，邮编201899，信封上请注明“征求意见”字样。", g.between(10, 28), g.digits(7), g.between(1, 900)),
			"第一条　为了鼓励社会公众举报安全生产违法行为，依据有关法律法规，制定本办法。",
			"第二条　举报人的姓名、住址、电话等信息依法予以保密。举报人应当提供真实姓名和联系方式。",
			"第三条　受理单位应当自收到举报之日起十五个工作日内核查。",
		}, nil}
	}},
	{"work report", "policy", func(g gen) paper {
		return paper{"2025年安全生产工作总结和2026年工作打算", []string{
			fmt.Sprintf("全年共检查企业%d家次，发现隐患%d项，整改率99.%d%%，立案%d起，罚款%d.%s万元。", g.between(800, 2000), g.between(1000, 9000), g.between(1, 9), g.between(50, 300), g.between(300, 2000), g.digits(2)),
			"一是健全责任体系，压实“三管三必须”；二是强化源头管控，严格行政许可；三是深化专项整治，突出危险化学品、有限空间、动火作业。",
			"四是严格保密管理，开展涉密人员教育，对机密、秘密文件实行清单管理，全年未发生失泄密事件。",
			"2026年，我们将加强内部管理，完善内部审计，规范会议记录和文件归档，妥善保管各类资料。",
		}, nil}
	}},
	{"disclosure report", "policy", func(g gen) paper {
		return paper{"2025年政府信息公开工作年度报告", []string{
			fmt.Sprintf("全年主动公开政府信息%d条，收到依申请公开申请%d件，予以公开%d件，部分公开%d件，不予公开%d件，其中属于国家秘密的0件、属于内部事务信息的%d件、属于过程性信息的%d件。", g.between(200, 900), g.between(10, 60), g.between(5, 30), g.between(1, 9), g.between(1, 9), g.between(1, 4), g.between(1, 4)),
			"根据《中华人民共和国政府信息公开条例》第十六条，行政机关在履行行政管理职能过程中形成的讨论记录、过程稿、磋商信函、请示报告等过程性信息，可以不予公开。",
			"涉及商业秘密、个人隐私等公开会对第三方合法权益造成损害的政府信息，行政机关不得公开。",
		}, [][]string{{"项目", "自然人", "法人"}, {"国家秘密", "0", "0"}, {"其他法律行政法规禁止公开", "0", "0"}, {"内部事务信息", "1", "0"}}}
	}},
	{"plan", "policy", func(g gen) paper {
		return paper{"嘉定区生产安全事故应急预案", []string{
			"1 总则　1.1 编制目的　规范生产安全事故的应急处置程序。",
			"3.2 信息报告　事故发生后，现场人员应当立即向本单位负责人报告，并拨打110、119、120。接报电话：12345、12350。",
			fmt.Sprintf("应急值守电话：021-5%s（24小时）。各成员单位联系方式见附件。", g.digits(7)),
			"5.4 医疗救护　患者由急救中心转送，伤员按伤情分为危重、重、轻三级。受伤人员的救治由卫生健康部门负责。",
			"附则　本预案自印发之日起实施，有效期为5年。原预案（嘉府办发〔2020〕18号）同时废止。",
		}, nil}
	}},
	{"questions and answers", "notice", func(g gen) paper {
		return paper{"安全生产行政许可常见问题解答", []string{
			"问：个人可以咨询办理进度吗？答：可以凭受理编号在“一网通办”查询，初始密码由系统发送，请及时修改密码。",
			fmt.Sprintf("问：受理编号在哪里？答：受理通知书右上角，如%s。", g.digits(17)),
			"问：需要带哪些材料？答：法定代表人身份证复印件、营业执照副本、安全生产管理人员证书，身份证号码无需填写在公示材料中。",
			"问：多大年龄可以报考？答：年满18周岁，且不超过60周岁。",
			"问：体检有何要求？答：经体检合格，无妨碍从事相应特种作业的器质性心脏病、癫痫病、眩晕症等疾病。",
		}, nil}
	}},
	{"weather", "warning", func(g gen) paper {
		return paper{"台风蓝色预警信号", []string{
			fmt.Sprintf("中心气象台2026年8月%d日%d时发布：今年第%d号台风中心位于北纬%d.%d度、东经12%d.%d度，中心附近最大风力%d级（%d米/秒），预计以每小时%d公里的速度向西北方向移动。", g.between(1, 28), g.between(0, 23), g.between(1, 20), g.between(20, 29), g.between(0, 9), g.between(0, 9), g.between(0, 9), g.between(8, 13), g.between(18, 37), g.between(10, 25)),
			"请有关单位和人员做好防范准备，危险地带人员及时转移，遇险请拨打110、119、12395。",
		}, nil}
	}},
	{"earthquake", "warning", func(g gen) paper {
		return paper{"地震信息", []string{fmt.Sprintf("据中国地震台网测定，%d月%d日%d时%d分在某县（北纬%d.%s度，东经10%d.%s度）发生%d.%d级地震，震源深度%d千米。", g.between(1, 12), g.between(1, 28), g.between(0, 23), g.between(0, 59), g.between(25, 34), g.digits(2), g.between(0, 9), g.digits(2), g.between(3, 5), g.between(0, 9), g.between(5, 24))}, nil}
	}},
	{"accident report", "accident_report", func(g gen) paper {
		return paper{"某公司“3·12”机械伤害事故调查报告", []string{
			fmt.Sprintf("2026年3月12日%d时许，某公司车间发生一起机械伤害事故，造成1人死亡，直接经济损失约%d万元。", g.between(7, 20), g.between(100, 300)),
			fmt.Sprintf("死者王某某，男，%d岁，该公司操作工。事故调查组由区应急局、区公安分局、区总工会组成。", g.between(20, 59)),
			"经调查，车间主任李某未履行管理职责，对事故负有管理责任，建议公司给予撤职处分。举报人信息依法保密。",
			"伤者经抢救无效死亡，家属情绪稳定，善后工作有序进行。",
		}, nil}
	}},
	{"names", "event", func(g gen) paper {
		p := paper{"安全生产专家库入库专家名单公示", []string{fmt.Sprintf("公示期为2026年5月11日至5月15日，监督电话：021-5%s。", g.digits(7))}, [][]string{{"序号", "专家", "专业领域", "职称", "工作单位"}}}
		for i := range g.between(8, 30) {
			p.table = append(p.table, []string{fmt.Sprint(i + 1), g.person(), g.pick("化工工艺", "电气", "特种设备", "职业健康"), g.pick("高级工程师", "教授", "注册安全工程师"), g.company()})
		}
		return p
	}},
	{"budget", "budget", func(g gen) paper {
		p := paper{
			"2026年部门预算公开",
			[]string{fmt.Sprintf("2026年收支总预算%s,%s.%s元，比上年增长%d.%d%%。", g.digits(3), g.digits(3), g.digits(2), g.between(1, 9), g.between(0, 9)), "按照《保守国家秘密法》有关规定，涉密支出不予列示。"},
			[][]string{{"科目编码", "科目名称", "合计", "基本支出", "项目支出"}},
		}
		for range g.between(6, 30) {
			p.table = append(p.table, []string{"22401" + g.digits(2), g.pick("行政运行", "应急救援", "安全监管", "灾害防治"), g.digits(9) + "." + g.digits(2), g.digits(8), g.digits(9) + ".00"})
		}
		return p
	}},
	{"serial numbers", "licence", func(g gen) paper {
		p := paper{"特种设备登记情况", nil, [][]string{{"设备名称", "出厂编号", "设备代码", "登记证编号", "注册登记日期"}}}
		for range g.between(6, 30) {
			p.table = append(p.table, []string{g.pick("叉车", "压力容器", "电梯", "起重机械"), "20" + g.digits(9), g.digits(20), g.pick("容", "梯", "起") + "17沪D" + g.digits(5) + "(26)", fmt.Sprintf("2026%02d%02d", g.between(1, 12), g.between(1, 28))})
		}
		return p
	}},
	{"orders", "notice", func(g gen) paper {
		return paper{"关于物资调拨的公告", []string{
			fmt.Sprintf("订单号：%s%s，运单号SF%s，发票号码%s，合同编号HT-2026-%s，入库单号%s。", g.day(), g.digits(10), g.digits(13), g.digits(20), g.digits(6), g.day()+g.digits(6)),
			fmt.Sprintf("交易流水号：%s，备案号：沪ICP备%s号-1，公安备案%s号，增值电信业务经营许可证：沪B2-2026%s。", g.digits(28), g.digits(8), "3101140"+g.digits(7), g.digits(4)),
		}, nil}
	}},
	{"laws on persons", "policy", func(g gen) paper {
		return paper{"个人信息保护宣传材料", []string{
			"不满十四周岁未成年人的个人信息属于敏感个人信息。处理身份证号、银行卡号、护照号、家庭住址、行踪轨迹等信息应当取得单独同意。",
			fmt.Sprintf("公开前应当去标识化，如身份证号31*************%s、手机138****%s、卡号**** **** **** %s、车牌沪A·***%s。", g.digits(3), g.digits(4), g.digits(4), g.digits(2)),
			"3岁以下婴幼儿照护、6至16岁义务教育、80岁以上老人津贴按规定办理。患有职业病的劳动者依法享受工伤待遇。",
		}, nil}
	}},
	{"words of secrecy", "policy", func(g gen) paper {
		return paper{"保密法治宣传月活动方案", []string{
			"学习贯彻新修订的《中华人民共和国保守国家秘密法》，讲清绝密、机密、秘密三级国家秘密的含义以及保密期限、知悉范围、定密责任人等基本概念。",
			"国家秘密的密级分为绝密、机密、秘密三级。绝密级国家秘密的保密期限一般不超过三十年，机密级不超过二十年，秘密级不超过十年。",
			"严防把商业秘密、工作秘密混同于国家秘密；到期自行解密的，及时办理解密手续。",
			g.pick("开展知识竞赛，设一等奖1名，奖励密码箱1个。", "组织观看警示教育片《机密档案》。", "各单位于月底前报送活动小结。"),
		}, nil}
	}},
	{"recruitment", "event", func(g gen) paper {
		return paper{"公开招聘编外人员公告", []string{
			"一、招聘岗位：安全巡查员10名，男女不限，年龄18至45周岁，身体健康，无违法犯罪记录。",
			"二、报名时需提供身份证、学历证书原件及复印件，近期免冠照片2张。",
			fmt.Sprintf("三、报名时间：2026年4月%d日9:00-16:00；报名地点：嘉定区某某路%d号政务服务中心二楼12号窗口；咨询电话：021-5%s、021-5%s转%d。", g.between(10, 28), g.between(1, 900), g.digits(7), g.digits(7), g.between(100, 999)),
		}, nil}
	}},
	{"technical", "notice", func(g gen) paper {
		return paper{"信息系统升级公告", []string{
			fmt.Sprintf("系统将于2026年7月%d日（升级窗口22:00—次日6:00）升级至V%d.%d.%d.%d版，升级期间暂停服务。", g.between(1, 28), g.between(1, 9), g.between(0, 9), g.between(0, 20), g.between(0, 9)),
			"登录密码长度为8至16位，须同时包含字母和数字；忘记密码请点击“找回密码”。口令每90天更换一次。公共域名解析服务器为8.8.8.8。",
			fmt.Sprintf("技术支持热线：400-%s-%s，网址：https://www.jiading.gov.cn/yjj/c%s/content_%s.html。", g.digits(3), g.digits(4), g.digits(5), g.digits(8)),
		}, nil}
	}},
	{"book", "notice", func(g gen) paper {
		return paper{"安全生产月宣传品发放通知", []string{fmt.Sprintf("《安全生产知识读本》，ISBN 978-7-%s-%s-%s，定价38.00元，印数%d册。CN31-%s/F，邮发代号4-%s。", g.digits(4), g.digits(4), g.digits(1), g.between(1000, 90000), g.digits(4), g.digits(3))}, nil}
	}},
	{"land", "licence", func(g gen) paper {
		return paper{"建设项目安全设施设计审查意见", []string{
			fmt.Sprintf("项目代码：2603-310114-04-01-%s；建设地点：嘉定区某某镇某某村%d组，东至规划路，南至某某河；用地面积%d.%s平方米，采用2000国家大地坐标系。", g.digits(6), g.between(1, 20), g.between(1000, 90000), g.digits(2)),
			fmt.Sprintf("建设单位：%s，项目总投资%s,%s万元，储罐容积%d立方米。", g.company(), g.digits(2), g.digits(3), g.between(50, 5000)),
		}, nil}
	}},
	{"reply to a proposal", "policy", func(g gen) paper {
		return paper{fmt.Sprintf("对区政协七届一次会议第%d号提案的答复", g.between(1, 300)), []string{
			fmt.Sprintf("%s委员：您提出的关于加强居民小区电动自行车充电安全管理的提案收悉，现答复如下。", g.person()),
			"我局会同区消防救援支队、区房管局开展联合检查，督促物业服务企业落实主体责任。",
			fmt.Sprintf("联系人：%s，联系电话：021-5%s。", g.person(), g.digits(7)),
		}, nil}
	}},
	{"meeting", "policy", func(g gen) paper {
		return paper{"区安委会全体会议召开", []string{
			fmt.Sprintf("2026年1月%d日，区安委会召开全体会议，副区长%s出席并讲话，区应急局局长%s主持会议。", g.between(5, 28), g.person(), g.person()),
			"会议听取了专项整治情况汇报，审议并原则通过《2026年安全生产工作要点》，要求抓紧印发实施。",
		}, nil}
	}},
}

func (g gen) company() string {
	return "上海" + g.pick("某某", "申某", "嘉某", "安某") + g.pick("化工", "机械", "物流", "电子科技", "新材料") + "有限公司"
}

func (g gen) day() string {
	return fmt.Sprintf("%04d%02d%02d", g.between(2020, 2026), g.between(1, 12), g.between(1, 28))
}

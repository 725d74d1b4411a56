package ledger

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Check names one thing that VerifyExport checks. Names are part of the report
// and never change.
type Check string

// Checks, each with what its failure means.
const (
	CheckFormat    Check = "format"    // a line was altered, cut or is not of this format
	CheckOrigin    Check = "origin"    // it is the log of somebody else
	CheckKey       Check = "key"       // the export names a key that is not trusted
	CheckSignature Check = "signature" // a checkpoint is not signed by a trusted key
	CheckCount     Check = "count"     // entries are missing or too many
	CheckRoot      Check = "root"      // entries are not those that were signed
	CheckTail      Check = "tail"      // the last entries are under no checkpoint
	CheckAnchor    Check = "anchor"    // the log is not the one that was anchored
	CheckTruncated Check = "truncated" // the log ends before an anchor
)

// Failure is one check that failed, with its first place.
type Failure struct {
	Check Check  `json:"check"`
	Line  int64  `json:"line"` // of the export, from 1
	From  int64  `json:"from"` // number of entries before it that are proved sound
	To    int64  `json:"to"`   // the fault is not after this many entries; 0 if it is in none
	Why   string `json:"why"`
	Times int    `json:"times"`
}

// Report is the verdict on an export. First and Last are the instants of the
// first and the last readable entry in the order of the log.
type Report struct {
	Verified    bool       `json:"verified"`
	Origin      string     `json:"origin"`
	Entries     int64      `json:"entries"`
	First       time.Time  `json:"first,omitzero"`
	Last        time.Time  `json:"last,omitzero"`
	Checkpoints int        `json:"checkpoints"`
	Anchors     int        `json:"anchors"` // anchors the log agrees with
	Root        tlog.Hash  `json:"root"`
	Newest      Checkpoint `json:"newest,omitzero"` // newest checkpoint that holds
	Failures    []Failure  `json:"failures,omitempty"`
}

// String is Text in Chinese.
func (r Report) String() string { return r.Text("zh") }

// Text says the report in lang, "en" or anything else for Chinese. Instants are
// in UTC+8.
func (r Report) Text(lang string) string {
	say := chinese()
	if lang == "en" {
		say = english()
	}
	verdict, anchors := say.failed, say.anchors
	if r.Verified {
		verdict = say.verified
	}
	if r.Anchors == 0 {
		anchors = say.noAnchors
	}
	var b strings.Builder
	fmt.Fprintf(&b, say.head, verdict, r.Origin)
	fmt.Fprintf(&b, say.entries, r.Entries, local(r.First), local(r.Last))
	fmt.Fprintf(&b, say.checkpoints, r.Checkpoints, r.Newest.Size)
	fmt.Fprintf(&b, anchors, r.Anchors)
	fmt.Fprintf(&b, say.root, r.Root)
	for _, f := range r.Failures {
		fmt.Fprintf(&b, say.failure, say.checks[f.Check], f.Line)
		if f.To > f.From {
			fmt.Fprintf(&b, say.between, f.From+1, f.To)
		}
		fmt.Fprintf(&b, say.why, f.Why)
	}
	return b.String()
}

func local(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(time.FixedZone("", 8*60*60)).Format(time.DateTime)
}

// wording is the report in one language; all but the verdicts and checks are
// formats.
type wording struct {
	verified, failed                 string
	head, entries, checkpoints, root string
	anchors, noAnchors               string
	failure, between, why            string
	checks                           map[Check]string
}

func chinese() wording {
	return wording{
		verified:    "存证核验通过",
		failed:      "存证核验未通过",
		head:        "%s：%s\n",
		entries:     "条目：%d 条，%s 至 %s（北京时间）\n",
		checkpoints: "检查点：%d 个，最新有效检查点覆盖 %d 条\n",
		root:        "根哈希：%s\n",
		anchors:     "外部锚点：%d 个一致\n",
		noAnchors:   "外部锚点：%d 个一致，不能排除末尾被截断或整体被重写\n",
		failure:     "✗ %s；文件第 %d 行",
		between:     "，问题在第 %d 至 %d 条",
		why:         "（%s）\n",
		checks: map[Check]string{
			CheckFormat:    "格式不符，内容被改动或截断",
			CheckOrigin:    "来源不是本存证",
			CheckKey:       "文件中的公钥不受信任",
			CheckSignature: "检查点不是受信任的密钥所签，或签名无效",
			CheckCount:     "条目数与签署的不一致，有条目被删除或增加",
			CheckRoot:      "条目与签署的不一致，有条目被改动或调换",
			CheckTail:      "末尾条目没有有效的检查点覆盖",
			CheckAnchor:    "与外部锚点不一致，存证被重写或分叉",
			CheckTruncated: "早于外部锚点结束，存证末尾被截断",
		},
	}
}

func english() wording {
	return wording{
		verified:    "Ledger verified",
		failed:      "Ledger NOT verified",
		head:        "%s: %s\n",
		entries:     "entries: %d, %s to %s (UTC+8)\n",
		checkpoints: "checkpoints: %d, the newest good one covers %d entries\n",
		root:        "root hash: %s\n",
		anchors:     "external anchors: %d agree\n",
		noAnchors:   "external anchors: %d agree, so a cut tail or a full rewrite cannot be excluded\n",
		failure:     "✗ %s; line %d of the file",
		between:     ", at fault in entries %d to %d",
		why:         " (%s)\n",
		checks: map[Check]string{
			CheckFormat:    "a line is not of this format: altered or cut off",
			CheckOrigin:    "the origin is not this ledger",
			CheckKey:       "the file names a key that is not trusted",
			CheckSignature: "a checkpoint is not signed by a trusted key, or its signature is wrong",
			CheckCount:     "the number of entries is not the signed one: entries removed or added",
			CheckRoot:      "the entries are not the signed ones: altered or reordered",
			CheckTail:      "the last entries are under no good checkpoint",
			CheckAnchor:    "the ledger disagrees with an external anchor: rewritten or forked",
			CheckTruncated: "the ledger ends before an external anchor: its tail was cut",
		},
	}
}

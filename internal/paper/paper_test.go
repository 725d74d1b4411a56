package paper

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

// kept is a folder to look at the sheets in.
var kept = flag.String("sheets", "", "write the sheets into this `folder`")

func long() Sheet {
	s := Sheet{
		Title: "政府信息公开保密审查单", Mark: "（未办结）", Under: []string{"云川市栖岭区应急管理局　编号 2026-0038"},
		Tables: []Table{
			{Shares: []int{2, 5, 2, 5}, Rows: [][]string{{"标题", "关于2026年11月危险化学品经营企业安全检查情况的通报", "文号", "栖应急〔2026〕38号"}}},
			{Heading: "各级意见", Head: []string{"环节", "人员", "意见", "时间"}, Shares: []int{2, 2, 6, 3}},
		},
		Foot: []string{"发布清单 SHA-256 " + strings.Repeat("8e38a1ea", 8)}, QR: "SHENFA 2026-0038 V4 " + strings.Repeat("8e38a1ea", 8),
	}
	for n := range 60 {
		s.Tables[1].Rows = append(s.Tables[1].Rows, []string{"科室审核", "林岚", fmt.Sprintf("第%d条：数据已与检查记录核对，（符合）《条例》第二十条。", n), "2026-11-18 10:12"})
	}
	return s
}

func TestASheetSaysTheSameInBothForms(t *testing.T) {
	t.Parallel()

	fonts, err := Installed("")
	require.NoError(t, err)
	for name, s := range map[string]Sheet{"tall": long(), "wide": func() Sheet { s := long(); s.Wide = true; return s }()} {
		var pdf, word bytes.Buffer
		require.NoError(t, s.PDF(&pdf, fonts))
		require.NoError(t, s.DOCX(&word))
		if *kept != "" {
			require.NoError(t, os.WriteFile(filepath.Join(*kept, name+".pdf"), pdf.Bytes(), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(*kept, name+".docx"), word.Bytes(), 0o600))
		}
		for form, data := range map[string][]byte{"sheet.pdf": pdf.Bytes(), "sheet.docx": word.Bytes()} {
			doc, err := document.OpenWith(t.Context(), document.Installed(t.Context()), form, data, document.DefaultLimits())
			require.NoError(t, err, form)
			var all strings.Builder
			for _, part := range doc.Parts {
				if part.Unread != "image" { // the code at the foot
					require.Empty(t, part.Unread, form)
				}
				all.WriteString(part.Text)
			}
			read := strings.NewReplacer("\n", "", " ", "", "\t", "").Replace(all.String())
			for _, want := range []string{s.Title + s.Mark, "编号2026-0038", "栖应急〔2026〕38号", "各级意见", "第0条：数据已与检查记录核对，（符合）《条例》第二十条。", "第59条", s.Foot[0][len("发布清单 SHA-256 "):]} {
				require.Contains(t, read, strings.ReplaceAll(want, " ", ""), "%s %s", name, form)
			}
		}
	}
}

func TestACharacterThatTheFontLacksIsToldOf(t *testing.T) {
	t.Parallel()

	fonts, err := Installed("")
	require.NoError(t, err)
	var pdf bytes.Buffer
	require.NoError(t, Sheet{Title: "承办人 \U0002A700某"}.PDF(&pdf, fonts))
	doc, err := document.OpenWith(t.Context(), document.Installed(t.Context()), "a.pdf", pdf.Bytes(), document.DefaultLimits())
	require.NoError(t, err)
	require.Contains(t, doc.Parts[0].Text, "U+2A700")
}

func TestTheCodeIsAPicture(t *testing.T) {
	t.Parallel()

	code, err := qrCode("SHENFA")
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(code))
	require.NoError(t, err)
	_, err = qrCode(strings.Repeat("x", 5000))
	require.Error(t, err, "what no code can hold")
}

func TestLinesBreakWhereOfficesBreakThem(t *testing.T) {
	t.Parallel()

	width := func(r rune) float64 { // as in a font of even pitch
		if r < 0x2e80 {
			return 1
		}
		return 2
	}
	for name, tc := range map[string]struct {
		text string
		most float64
		want []string
	}{
		"BetweenCharacters":     {"安全生产检查", 6, []string{"安全生", "产检查"}},
		"NoMarkBeginsALine":     {"安全生，产检查", 6, []string{"安全", "生，产", "检查"}},
		"NoneEndsOneThatOpens":  {"安全《条例》", 6, []string{"安全", "《条", "例》"}},
		"NumbersStayWhole":      {"共2026年", 4, []string{"共", "2026", "年"}},
		"WordsToo":              {"by Temporal now", 8, []string{"by", "Temporal", "now"}},
		"WhatIsTooLongIsBroken": {"0123456789", 4, []string{"0123", "4567", "89"}},
		"ALineBreakStays":       {"甲\n\n乙", 6, []string{"甲", "", "乙"}},
		"Nothing":               {"", 6, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.want, wrap(tc.text, tc.most, width))
		})
	}
}

package detect

import (
	"strconv"
	"strings"
)

// documentNumbers reports document numbers (发文字号) that are not written as
// GB/T 9704-2012 7.2.5 asks: 〔year〕 in hexagonal brackets, no 第, no leading
// zero. A well-written number is nothing to report.
func (s *scan) documentNumbers() {
	r := s.rules.only[documentNo]
	if r == nil {
		return
	}
	t := s.view.folded
	for i := 2; i+7 < len(t); i++ {
		if !strings.ContainsRune("〔[【(", t[i]) || !isHan(t[i-1]) || !isHan(t[i-2]) {
			continue
		}
		year, j := numeral(t, i+1)
		if j != i+5 || year < 1949 || year > 2099 || !strings.ContainsRune("〕]】)", t[j]) {
			continue
		}
		open, shut := t[i], t[j]
		j++
		ordinal := j < len(t) && t[j] == '第'
		if ordinal {
			j++
		}
		from := j
		for j < len(t) && j < from+5 && isDigit(t[j]) {
			j++
		}
		if j == from || j >= len(t) || t[j] != '号' {
			continue
		}
		if open == '〔' && shut == '〕' && !ordinal && t[from] != '0' {
			continue
		}
		number := strings.TrimLeft(string(t[from:j]), "0")
		s.add(r, i, j+1).Mask = "〔" + strconv.Itoa(year) + "〕" + number + "号"
	}
}

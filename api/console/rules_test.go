package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWordListIsTriedBeforeItIsInForce(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.upload(t, "reviewer", "/console/rules/lexicon", "file", "词表.csv", "term", "do", "try")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), "导入后共 813 条：新增 2，删除 1，改动 0")
	require.Contains(t, w.Body.String(), "最近公开的 40 件，1 件结果会不同")
	require.Equal(t, []string{"ImportLexicon 词表.csv true"}, b.desk.calls)

	w = b.upload(t, "reviewer", "/console/rules/lexicon", "file", "词表.csv", "term", "do", "import")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Contains(t, b.desk.calls, "ImportLexicon 词表.csv false")

	w = b.post(t, "reviewer", "/console/rules/lexicon", "do", "import")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Equal(t, http.StatusForbidden, b.upload(t, "drafter", "/console/rules/lexicon", "file", "词表.csv", "term").Code)
	require.NotContains(t, b.get(t, "drafter", "/console/rules").Body.String(), "lexicon/3", "a list is for whoever curates it")
}

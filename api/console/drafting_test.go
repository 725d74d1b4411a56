package console

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func TestTheScriptIsToldInAFewWordsWhatBecameOfADraft(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	answer := func(path string, fields ...string) (int, scriptAnswer) {
		t.Helper()
		w := b.post(t, "drafter", path, append(fields, "script", "1")...)
		var a scriptAnswer
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), w.Body.String())
		return w.Code, a
	}
	code, a := answer("/console/items/d1/draft", "revision", "7", "title", "检查通报")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "已自动保存 08:30:00", a.Said)
	require.Equal(t, b.desk.item.DraftRevision, a.Revision)

	code, a = answer("/console/items", "title", "新的一份")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "/console/items/d1/draft", a.Action)
	require.Equal(t, "/console/items/d1/edit", a.Here, "the page is that of the draft from now on")

	b.desk.fail = map[string]error{"Edit": disclosure.Refuse(disclosure.PreconditionFailed, "")}
	code, a = answer("/console/items/d1/draft", "revision", "6", "title", "别人也在改")
	require.Equal(t, http.StatusConflict, code)
	require.True(t, a.Stale)

	code, a = answer("/console/items/preview", "text", "# 通报")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "<p># 通报</p>", a.Said)
	code, _ = answer("/console/items/preview", "text", " ")
	require.Equal(t, http.StatusUnprocessableEntity, code)

	b.desk.others = []desk.Ref{{ID: "p2", Name: "林岚"}}
	_, a = answer("/console/items/d1/present")
	require.Contains(t, a.Said, "林岚")
	require.Contains(t, b.get(t, "drafter", "/console/items/d1/edit").Body.String(), "林岚 也打开着这一份", "without the script too")
}

func TestWhatIsTypedBecomesTheText(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.post(t, "drafter", "/console/items/d1/draft", "revision", "7", "title", "检查通报", "text", "# 通报\r\n\r\n内容")
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	require.Contains(t, b.desk.calls, "PutBody d1 7 正文.md")
	require.Equal(t, "# 通报\n\n内容", string(b.desk.uploads[0].Data))
}

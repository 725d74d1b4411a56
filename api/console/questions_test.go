package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

func TestQuestionsAreAskedAndRecordedOnTheirPage(t *testing.T) {
	t.Parallel()

	const one = "/console/items/d1/questions"
	b := setup(t, plain())
	askedOf(b.desk)
	w := b.post(t, "leader", one, "kind", "third_party", "addressee", "示例公司", "ask", "是否同意")
	require.Equal(t, one+"?done=ask", w.Header().Get("Location"))
	w = b.post(t, "leader", one+"/q2/receive", "on", "2026-09-18", "how", "签收")
	require.Equal(t, one+"?done=question", w.Header().Get("Location"))
	w = b.upload(t, "leader", one+"/q3/answer", "scan", "批复.pdf", "x", "reply", "consent")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, []string{
		"Ask d1 KEY1 " + one + " third_party 示例公司 是否同意", "Pursue d1 q2 KEY1 " + one + "/q2/receive receive_question 2026-09-18签收",
		"KeepScan d1 q3 批复.pdf", "Pursue d1 q3 KEY1 " + one + "/q3/answer answer_question consentscan1",
	}, b.desk.calls)

	b.desk.fail["Pursue"] = disclosure.Refuse(disclosure.QuestionUntold, "")
	w = b.post(t, "leader", one+"/q3/override", "ground", "no_harm", "reason", "留着")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), ">留着</textarea>")
	require.Contains(t, w.Body.String(), `value="no_harm" selected`)
	require.Contains(t, w.Body.String(), `<details class="ask" id="override-q3" open>`)

	require.Contains(t, b.get(t, "leader", one+"/q3/files/ask").Header().Get("Content-Disposition"), "attachment")
	require.Contains(t, b.get(t, "leader", "/console").Body.String(), "#q-q3", "it waits on the workbench too")
	page := b.get(t, "leader", "/console/items/d1").Body.String()
	require.Contains(t, page, one+"#q-q3")
	require.Contains(t, page, "有 3 项征询没有办结，现在不能签发", "said above the form that signs")
	require.Equal(t, http.StatusForbidden, b.post(t, "drafter", one, "kind", "consult").Code)
}

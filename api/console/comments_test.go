package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

const remarks = "/console/items/d1/comments"

func TestAParagraphIsChosenAndAPassageOfItIsCommentedOn(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	remarked(b.desk)
	page := b.get(t, "leader", remarks+"?file=1&part=0&at=12").Body.String()
	require.Contains(t, page, `<p class="ln on" id="p-2">`)
	require.Contains(t, page, ">二、检查对象为辖区企业。</textarea>", "the paragraph is offered as the quote")
	require.Contains(t, page, `二、<a class="f hold" id="q-c1" href="#c-c1">检查对象</a>为`, "a thread is marked where it stands")
	require.Contains(t, page, "原文已不在，未解决")

	form := []string{"file", "1", "manifest_hash", "aa", "part", "0", "at", "12", "quote", "辖区企业", "comment", "范围再核"}
	w := b.post(t, "leader", remarks, form...)
	require.Equal(t, remarks+"?file=1&done=comment#c-c9", w.Header().Get("Location"))
	require.Contains(t, b.desk.calls, "AddComment d1 KEY1 "+remarks+" aa body body 12 辖区企业 范围再核")

	b.desk.fail["AddComment"] = disclosure.Refuse(disclosure.PassageUnclear, "quote")
	w = b.post(t, "leader", remarks, form...)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), ">范围再核</textarea>", "nothing typed is lost")
	require.Contains(t, w.Body.String(), ">辖区企业</textarea>")
	require.Equal(t, http.StatusForbidden, b.get(t, "auditor", remarks).Code)
}

func TestAThreadIsAnsweredEndedAndOpenedAgain(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	remarked(b.desk)
	b.post(t, "drafter", remarks+"/c1/reply", "file", "1", "comment", "包括")
	b.post(t, "drafter", remarks+"/c1/resolve", "file", "1")
	w := b.post(t, "drafter", remarks+"/c2/reopen", "file", "1")
	require.Equal(t, remarks+"?file=1&done=reopen#c-c2", w.Header().Get("Location"))
	require.Contains(t, b.desk.calls, "ReplyComment d1 c1 KEY1 "+remarks+"/c1/reply 包括")
	require.Contains(t, b.desk.calls, "ResolveComment d1 c1 KEY1 "+remarks+"/c1/resolve false")
	require.Contains(t, b.desk.calls, "ResolveComment d1 c2 KEY1 "+remarks+"/c2/reopen true")
	b.desk.fail["ReplyComment"] = disclosure.Refuse(disclosure.Required, "comment")
	require.Equal(t, http.StatusUnprocessableEntity, b.post(t, "drafter", remarks+"/c1/reply", "file", "1").Code)
}

func TestWhatIsNotResolvedWarnsAboveTheSignature(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	remarked(b.desk)
	page := b.get(t, "leader", "/console/items/d1").Body.String()
	require.Contains(t, page, "还有 3 条批注没有解决")
	require.Contains(t, page, `<a href="`+remarks+`?file=1#c-c1">检查对象</a>`)
	require.Contains(t, page, "签署", "it is no refusal")
}

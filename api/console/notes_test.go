package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

func TestANoteIsAddedAndKeptWhereItIsRefused(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.post(t, "leader", "/console/items/d1/notes", "note", "先问法制科")
	require.Equal(t, "/console/items/d1/notes?done=note", w.Header().Get("Location"))
	require.Contains(t, b.desk.calls, "AddNote d1 KEY1 /console/items/d1/notes 先问法制科")
	b.desk.fail["AddNote"] = disclosure.Refuse(disclosure.TooLong, "note", "max", "2000")
	w = b.post(t, "leader", "/console/items/d1/notes", "note", "留着")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), ">留着</textarea>")
	require.Equal(t, http.StatusForbidden, b.get(t, "auditor", "/console/items/d1/notes").Code)
}

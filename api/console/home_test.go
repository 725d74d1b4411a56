package console

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhoeverSignsInHasAFirstPageAndEveryLinkOfTheMenuIsTheirs follows the menu as each of the
// people, the keepers of the house included, who may not read items.
func TestWhoeverSignsInHasAFirstPageAndEveryLinkOfTheMenuIsTheirs(t *testing.T) {
	t.Parallel()

	links := regexp.MustCompile(`<a class="n" href="([^"]+)"`)
	for login := range people {
		t.Run(login, func(t *testing.T) {
			t.Parallel()

			b := setup(t, plain())
			home := b.get(t, login, "/console")
			if home.Code == http.StatusSeeOther {
				home = b.get(t, login, home.Header().Get("Location"))
			}
			require.Equal(t, http.StatusOK, home.Code, home.Body.String())
			menu := links.FindAllStringSubmatch(home.Body.String(), -1)
			require.NotEmpty(t, menu)
			for _, link := range menu {
				got := b.get(t, login, link[1])
				if got.Code == http.StatusSeeOther {
					got = b.get(t, login, got.Header().Get("Location"))
				}
				require.Equal(t, http.StatusOK, got.Code, link[1])
			}
		})
	}
}

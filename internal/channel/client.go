package channel

import "net/http"

// PortalName is the built-in public site. It is the one channel that is pulled: an item is
// there by predicate on the database clock, and nothing is sent to it.
const PortalName = "portal"

// Direct is client without redirects: an item goes where it was configured to go, and
// what stands elsewhere is not there.
func Direct(client *http.Client) *http.Client {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

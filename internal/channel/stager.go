package channel

import "context"

// Stager is a channel that can do the slow part of publishing before the release instant,
// with nothing public by it. Whoever sends need not stage, and what could not be staged is
// done by Publish.
type Stager interface {
	// Stage prepares the item. Under the same key and with the same content, it does nothing
	// the second time.
	Stage(ctx context.Context, item Item) error
	// Unstage removes what Stage left of an item that will not be released. What was
	// published stays.
	Unstage(ctx context.Context, item Item) error
}

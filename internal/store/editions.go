package store

import (
	"context"
	"slices"

	"shenfa/internal/disclosure"
)

// earlier lists what stood under the number of page, and which of it may still be read:
// not what a later edition closed.
func (s *Store) earlier(page Public, rows []Public) []Edition {
	var all []Edition
	closed := page.Manifest.CloseEarlier
	for _, old := range rows {
		if err := s.openPublic(&old); err != nil { // what cannot be opened has no words to show, and may have closed what was before it
			closed = true
			continue
		}
		all = append(all, Edition{
			Edition: old.Edition, ReleasedAt: old.ReleasedAt, Correction: old.Manifest.Correction, Hash: old.Hash,
			Type: old.Manifest.CorrectionType, Readable: !closed, of: old,
		})
		closed = closed || old.Manifest.CloseEarlier
	}
	return all
}

// PublicEdition opens what stood under a number before it was corrected. It is there only
// while its correction is public and has not closed it.
func (s *Store) PublicEdition(ctx context.Context, number string, edition int) (Public, error) {
	page, err := s.PublicPage(ctx, number)
	if err != nil {
		return Public{}, err
	}
	i := slices.IndexFunc(page.Earlier, func(e Edition) bool { return e.Edition == edition && e.Readable })
	if i < 0 {
		return Public{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	old := page.Earlier[i].of
	old.Body, _, err = s.PublicBytes(ctx, old, "")
	return old, err
}

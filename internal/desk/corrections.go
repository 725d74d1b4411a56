package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"

	"shenfa/internal/disclosure"
)

// fitsCorrection refuses a correction that does not say what it has to, or that calls
// itself minor and is not.
func (d *Desk) fitsCorrection(ctx context.Context, id string, edition int, draft disclosure.Draft, now time.Time) error {
	if err := draft.CheckCorrection(edition); err != nil || draft.CorrectionType != disclosure.MinorCorrection {
		return err
	}
	rule, err := disclosure.MinorRuleAt(now)
	if err != nil {
		return err
	}
	of, err := d.store.Corrected(ctx, id)
	if err != nil {
		return err
	}
	before := disclosure.Edited{Draft: of.Draft}
	if before.Text, err = d.bodyText(ctx, of.ID, of.Draft.Body); err != nil {
		return err
	}
	after := disclosure.Edited{Draft: draft}
	if after.Text, err = d.bodyText(ctx, id, draft.Body); err != nil {
		return err
	}
	return rule.Check(before, after)
}

// bodyText is what a reader sees of a body, a line for each of its blocks.
func (d *Desk) bodyText(ctx context.Context, id string, body *disclosure.File) (string, error) {
	if body == nil {
		return "", nil
	}
	data, err := d.store.Blob(ctx, id, body.Blob)
	if err != nil {
		return "", fmt.Errorf("body of %s: %w", id, err)
	}
	root, err := html.Parse(strings.NewReader(string(data)))
	if err != nil {
		return "", fmt.Errorf("body of %s: %w", id, err)
	}
	var text strings.Builder
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode:
			text.WriteString(n.Data)
		case n.Type == html.ElementNode && strings.Contains(" p div li tr td th h1 h2 h3 h4 h5 h6 br pre blockquote ", " "+n.Data+" "):
			text.WriteByte('\n')
		}
	}
	return text.String(), nil
}

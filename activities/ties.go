package activities

import (
	"context"
	"fmt"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// companions sees that what belongs to the item is approved too: its interpretation, for
// an instant that the law allows, unless it says why it needs none; or the policy that it
// explains, for an earlier one.
func (a *Activities) companions(ctx context.Context, c disclosure.Case) (string, error) {
	ok, err := a.Store.Preceded(ctx, c.ID)
	if err != nil {
		return "", err
	}
	if !ok {
		return CauseCompanion, nil
	}
	law, asked := disclosure.CompanionLawFor(c.Kind, c.ReleaseAt)
	if !asked {
		return "", nil
	}
	v, err := a.Store.Version(ctx, c.ID, c.Version)
	if err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	if v.Manifest.GoesAlone() {
		return "", nil
	}
	by, err := CompanionDue(a.Calendar.Get(), law, c.ReleaseAt)
	if err != nil {
		return "", err
	}
	if ok, err = a.Store.Interpreted(ctx, v.Manifest.Number, by); err != nil {
		return "", err
	}
	if !ok {
		return CauseAlone, nil
	}
	return "", nil
}

// CompanionDue is the last instant for what has to go with an item released at at.
func CompanionDue(cal *calendar.Calendar, law disclosure.CompanionLaw, at time.Time) (time.Time, error) {
	due, _, err := cal.Deadline(at, calendar.Limit{N: law.Limit.N, Unit: calendar.Unit(law.Limit.Unit)})
	if err != nil {
		return time.Time{}, fmt.Errorf("limit of %s: %w", law.Companion, err)
	}
	return due, nil
}

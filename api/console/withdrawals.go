package console

import (
	"shenfa/internal/disclosure"
)

// Withdrawals are the ways in which the item can be taken down.
func (p itemPage) Withdrawals() []disclosure.WithdrawalType {
	all := disclosure.WithdrawalTypes()
	if p.D.State != disclosure.OutOfForce {
		return all
	}
	var other []disclosure.WithdrawalType
	for _, t := range all {
		if t.Public != disclosure.TrailVisible {
			other = append(other, t)
		}
	}
	return other
}

// WithdrawalLaws are what the law asks of whoever takes down an item of this kind.
func (p itemPage) WithdrawalLaws() []disclosure.WithdrawalLaw {
	var all []disclosure.WithdrawalLaw
	seen := map[string]bool{}
	for _, t := range disclosure.WithdrawalTypes() {
		if l, ok := disclosure.WithdrawalLawFor(p.D.Kind, t.ID, p.Now()); ok && !seen[l.Basis] {
			seen[l.Basis] = true
			all = append(all, l)
		}
	}
	return all
}

package disclosure

// Review is what a campaign (专项复核) found about something public.
type Review string

const (
	ReviewKeep     Review = "keep"     // 维持公开
	ReviewWithdraw Review = "withdraw" // 下线
	ReviewRecall   Review = "recall"   // 召回
)

// Reviews are all of them, in the order a form shows them.
func Reviews() []Review { return []Review{ReviewKeep, ReviewWithdraw, ReviewRecall} }

// mayTakeOff says whether who acts may end the public life of c: whoever may release, and
// in a campaign also its reviewers, for a leak does not wait for somebody else. That there
// is such a campaign, and that they had no part in c, is for the database to say.
func (c Case) mayTakeOff(a Act) bool {
	return a.By.Unit == c.Unit && (a.By.May(MayRelease) || a.Campaign != "" && a.By.Has(Confidentiality))
}

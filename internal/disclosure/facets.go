package disclosure

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Values of release.at where the plan has no instant yet.
const (
	FacetOnApproval = "on_approval"
	FacetNextWindow = "next_window"
	FacetYes        = "yes"
)

// Facets are all fields that are signed with a draft besides its files, in the order of the
// form: instants in the zone of the plan, everything else as in JSON. They are always the
// same fields, so that two drafts can be compared one by one.
func (d Draft) Facets() []Field {
	zone := cmp.Or(d.Release.Zone, DefaultZone)
	at := ""
	switch {
	case d.Release.OnApproval:
		at = FacetOnApproval
	case d.Release.NextWindow:
		at = FacetNextWindow
	case !d.Release.At.IsZero():
		at = ShowInstant(d.Release.At, zone)
	}
	latest, until, days := "", "", ""
	if !d.Release.Latest.IsZero() {
		latest = ShowInstant(d.Release.Latest, zone)
	}
	if !d.Release.Until.IsZero() {
		until = ShowInstant(d.Release.Until, zone)
	}
	if d.Release.PublicDays > 0 {
		days = strconv.Itoa(d.Release.PublicDays)
	}
	yes := func(b bool) string {
		if b {
			return FacetYes
		}
		return ""
	}
	continues := d.Continues.Number
	if continues != "" {
		continues += " " + d.Continues.As
	}
	channels := slices.Sorted(slices.Values(d.Channels))
	return []Field{
		{"title", d.Title},
		{"kind", d.Kind},
		{"document_number", d.DocumentNumber},
		{"index_number", d.IndexNumber},
		{"formed_on", d.FormedOn},
		{"topic", d.Topic},
		{"keywords", strings.Join(d.Keywords, "\n")},
		{"summary", d.Summary},
		{"important", yes(d.Important)},
		{"correction", d.Correction},
		{"correction_type", string(d.CorrectionType)},
		{"close_earlier", yes(d.CloseEarlier)},
		{"attribute", d.Attribute},
		{"basis", d.Basis},
		{"reason", d.Reason},
		{"channels", strings.Join(channels, "\n")},
		{"release.at", at},
		{"release.latest", latest},
		{"release.late", string(d.Release.Late)},
		{"release.until", until},
		{"release.public_days", days},
		{"batch", d.Batch},
		{"interprets", d.Interprets},
		{"no_interpretation", d.NoInterpretation},
		{"continues", continues},
	}
}

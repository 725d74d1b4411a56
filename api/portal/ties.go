package portal

import (
	"time"

	"shenfa/internal/desk"
)

// successor is the later warning that took the place of the one that is read.
type successor struct {
	Mark, Number, Href string
	At                 moment
	Ended              bool // there is no danger any more: the mark says all
}

// markOf says that a later warning took the place of i.
func markOf(lang string, i desk.PublicItem) string {
	switch {
	case i.Successor == nil:
		return ""
	case lang == chinese:
		return i.Successor.Step.Mark
	}
	return i.Successor.Step.MarkEn
}

// ties adds what the page says of other items.
func (p *Portal) ties(f Frame, page *itemPage, i desk.PublicItem) {
	if s := i.Successor; s != nil {
		page.Successor = &successor{Mark: markOf(f.Lang, i), Number: s.Number, Href: f.To(itemPath(s.Number)), At: p.moment(s.At), Ended: s.Step.Ends}
	}
	if n := i.Manifest.Continues.Number; n != "" {
		page.Continues = f.To(itemPath(n))
	}
	if n := i.Manifest.Interprets; n != "" {
		page.Interprets = f.To(itemPath(n))
	}
}

// marked is the title of i in a feed: who reads only that must not take for in force what
// is not.
func marked(i desk.PublicItem) string {
	if m := markOf(chinese, i); m != "" {
		return "【" + m + "】" + titleOf(i)
	}
	return titleOf(i)
}

// changed is when what a feed says of i last changed.
func changed(i desk.PublicItem) time.Time {
	if s := i.Successor; s != nil && s.At.After(i.ReleasedAt) {
		return s.At
	}
	return i.ReleasedAt
}

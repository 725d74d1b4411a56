package treatment

import (
	"fmt"
	"regexp"
	"strings"
)

// deck is what the slides of a presentation have in common, and the notes of a
// word document.
type deck struct {
	layouts, masters map[string]bool // those that a visible slide stands on
	notes            map[string]bool
}

// unused says whether a part of a presentation lies under no slide.
func (k *deck) unused(p *part, r relation) bool {
	return p.role == "slideMaster" && r.kind == "slideLayout" && !k.layouts[r.target] || p.role == "presentation" && r.kind == "slideMaster" && !k.masters[r.target]
}

// keptDeck are the elements of a presentation that decide how it looks.
var keptDeck = set("sldMasterIdLst sldIdLst sldSz notesSz defaultTextStyle")

// cleanDeck leaves the slides. A hidden one keeps its place, empty, for slides are
// numbered with it.
func cleanDeck(b *office, p *part) error {
	root := -1
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch {
		case root < 0:
			root = i
			p.change(i, func(a attribute) (string, bool) {
				return a.value, strings.HasPrefix(a.full, "xmlns") || a.full == "firstSlideNum" || a.full == "rtl" || a.full == "showSpecialPlsOnTitleSld" || a.full == "mc:Ignorable"
			})
		case p.up(i) == root && !keptDeck[p.name(i)]:
			p.drop(i)
			b.gone(p.entry, "metadata")
		}
	}
	for _, r := range p.rels {
		if r.kind != "slide" || r.external || b.in.files[r.target] == nil {
			continue
		}
		under, err := b.in.relations(r.target)
		if err != nil {
			return err
		}
		for _, l := range under {
			if l.kind != "slideLayout" || l.external {
				continue
			}
			b.deck.layouts[l.target] = true
			over, err := b.in.relations(l.target)
			if err != nil {
				return err
			}
			for _, m := range over {
				b.deck.masters[m.target] = b.deck.masters[m.target] || m.kind == "slideMaster"
			}
		}
	}
	for id, r := range p.rels {
		if r.kind == "tableStyles" {
			if _, err := b.link(p, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// cleanDrawing cleans the shapes of a slide, or over a sheet. The picture of an
// embedded object stays.
func cleanDrawing(b *office, p *part) error {
	secret := false
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch name := p.name(i); name {
		case "sld":
			secret = p.attr(i, "show") == "0" || p.attr(i, "show") == "false"
		case "sp", "pic", "graphicFrame", "grpSp", "cxnSp", "contentPart":
			if secret {
				p.drop(i)
				b.gone(p.entry, "hidden_slide")
			} else if name == "graphicFrame" {
				p.flat(b, i)
			}
		case "bg":
			if secret {
				p.drop(i)
			}
		case "hlinkClick":
			if p.attr(i, "action") != "" || p.attr(i, "id") == "" {
				p.drop(i)
				b.gone(p.entry, "link")
			}
		case "audioFile", "videoFile", "wavAudioFile", "quickTimeFile", "audioCd":
			p.drop(i)
			b.gone(p.entry, "embedded_object")
		}
	}
	return nil
}

// flat puts the picture of an embedded object where the object was.
func (p *part) flat(b *office, i int) {
	object, picture := -1, -1
	for n := i + 1; n < p.last(i); n++ {
		if p.element(n) && !p.gone(n) {
			switch p.name(n) {
			case "oleObj":
				object = n
			case "pic":
				picture = n
			}
		}
	}
	if object < 0 {
		return
	}
	b.gone(p.entry, "embedded_object")
	if picture < 0 {
		p.drop(i)
		return
	}
	for n := i; n <= p.last(i); n++ {
		if n < picture || n > p.last(picture) {
			p.tokens[n].edit = -1
		}
	}
}

// cleanTheme takes out what a theme holds in store.
func cleanTheme(_ *office, p *part) error {
	for i := range p.tokens {
		if p.element(i) && !p.gone(i) {
			switch p.name(i) {
			case "objectDefaults":
				p.empty(i)
			case "extraClrSchemeLst", "custClrLst":
				p.drop(i)
			}
		}
	}
	return nil
}

// reference is a formula that names cells: their sheet and where they are.
var reference = regexp.MustCompile(`^.*!(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)$`)

// cleanChart leaves a chart with the values it shows. Where these come from is
// left behind, or was never in the file's sight.
func cleanChart(b *office, p *part) error {
	hidden := false
	for i := range p.tokens {
		if p.element(i) && p.name(i) == "plotVisOnly" {
			hidden = p.attr(i, "val") == "0"
		}
	}
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch name := p.name(i); name {
		case "numRef", "strRef":
			f := p.child(i, "f")
			if b.main != "workbook" || f < 0 {
				if f >= 0 {
					if m := reference.FindStringSubmatch(p.inner(f)); m != nil {
						p.say(f, "Sheet1!"+m[1])
					} else {
						p.empty(f)
					}
				}
				continue
			}
			if !hidden && b.book.shown(p.inner(f)) {
				continue
			}
			b.gone(p.entry, "formulas")
			p.drop(f)
			if up := p.up(i); name == "strRef" && up >= 0 && p.name(up) == "tx" {
				v := p.value(i)
				p.empty(up)
				p.put(up, string(p.now(up))+"<c:v>"+escape(v)+"</c:v>")
				continue
			}
			p.unwrap(i)
			if cache := p.child(i, strings.TrimSuffix(name, "Ref")+"Cache"); cache >= 0 {
				lit := strings.TrimSuffix(p.full(cache), "Cache") + "Lit"
				p.put(cache, "<"+lit+">")
				p.put(p.last(cache), "</"+lit+">")
			}
		}
	}
	return nil
}

// value is the first value of a cache.
func (p *part) value(i int) string {
	for n := i + 1; n < p.last(i); n++ {
		if p.element(n) && p.name(n) == "v" {
			return p.inner(n)
		}
	}
	return ""
}

// say makes an element hold a text and nothing else.
func (p *part) say(i int, text string) {
	if p.tokens[i].kind == opens {
		p.empty(i)
		p.put(i, string(p.now(i))+escape(text))
	}
}

// rename gives an attribute a name by number.
func (p *part) rename(i int, name, stem string, n int) {
	p.change(i, func(a attribute) (string, bool) {
		if local(a.full) != name {
			return a.value, true
		}
		if n == 0 {
			return stem, true
		}
		return fmt.Sprint(stem, n), true
	})
}

// lists are the elements that may not stand empty.
var lists = set("hyperlinks tableParts definedNames extLst conditionalFormatting mergeCells")

// hollow takes out the lists that hold nothing any more.
func (p *part) hollow() {
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) || !lists[p.name(i)] {
			continue
		}
		holds := false
		for n := i + 1; n < p.last(i) && !holds; n++ {
			holds = p.element(n) && !p.gone(n)
		}
		if !holds {
			p.drop(i)
		}
	}
}

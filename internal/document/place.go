package document

// Place is an element of an XML entry of which the eye sees something else than
// what is written there.
type Place struct {
	Entry   string // its name in the package
	Element int    // counting the entry's elements as they open, from 0
	Text    string // what a cell shows for the value it holds; empty if nobody sees the element
}

// place reports an element of the entry that is being read.
func (o *opening) place(at int, text string) {
	if o.places != nil && o.nested == 0 {
		o.places(Place{Entry: o.entry, Element: at, Text: text})
	}
}

// veil reports an element nobody sees.
func (o *opening) veil(at int) { o.place(at, "") }

package treatment

import (
	"bytes"
	"slices"
	"strings"
)

// What a part of a package may point at, by its role and the kind of relationship.
var follows = map[string][]string{
	"document":     {"styles", "settings", "numbering", "theme", "footnotes", "endnotes", "header", "footer", "image", "chart", "diagramData", "diagramLayout", "diagramQuickStyle", "diagramColors", "diagramDrawing"},
	"header":       {"image", "chart"},
	"footer":       {"image", "chart"},
	"footnotes":    {"image"},
	"endnotes":     {"image"},
	"numbering":    {"image"},
	"theme":        {"image"},
	"workbook":     {"worksheet", "chartsheet", "styles", "sharedStrings", "theme"},
	"worksheet":    {"drawing", "image", "table"},
	"chartsheet":   {"drawing", "image"},
	"drawing":      {"image", "chart", "diagramData", "diagramLayout", "diagramQuickStyle", "diagramColors", "diagramDrawing"},
	"presentation": {"slide", "slideMaster", "theme", "tableStyles"},
	"slide":        {"slideLayout", "image", "chart", "diagramData", "diagramLayout", "diagramQuickStyle", "diagramColors", "diagramDrawing"},
	"slideLayout":  {"slideMaster", "image", "chart"},
	"slideMaster":  {"slideLayout", "theme", "image", "chart"},
	"chart":        {"image"},
	"diagramData":  {"image"}, "diagramDrawing": {"image"},
}

// namespaces are how those of office documents begin; what is in another is not
// theirs.
var namespaces = []string{
	"http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/", "http://schemas.microsoft.com/office/", "urn:schemas-microsoft-com:", "http://schemas.microsoft.com/", "http://www.w3.org/", "http://www.wps.cn/officeDocument/",
}

// traces are the attributes that say who wrote what and when, or describe what is
// seen to those who do not see it.
var traces = set("rsid rsidR rsidRDefault rsidRPr rsidP rsidSect rsidTr rsidDel paraId textId anchorId editId descr title alt tooltip macro textlink uid gfxdata spid href " +
	"codeName docLocation tgtFrame published fPublished filterPrivacy dataCellStyle headerRowDxfUid prompt summary phldrT")

// textual are the elements of office documents that hold text or numbers.
var textual = set("t delText delInstrText instrText v f formula oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter posOffset align pctWidth pctHeight pctPosHOffset pctPosVOffset " +
	"col colOff row rowOff formatCode separator sqref definedName tableStyleId")

// dropped are the elements that show nothing, in any office document.
var dropped = set("commentRangeStart commentRangeEnd commentReference annotationRef proofErr bookmarkStart bookmarkEnd permStart permEnd lastRenderedPageBreak " +
	"moveFromRangeStart moveFromRangeEnd moveToRangeStart moveToRangeEnd customXmlInsRangeStart customXmlInsRangeEnd customXmlDelRangeStart customXmlDelRangeEnd " +
	"customXmlMoveFromRangeStart customXmlMoveFromRangeEnd customXmlMoveToRangeStart customXmlMoveToRangeEnd rPrChange pPrChange sectPrChange tblPrChange trPrChange tcPrChange " +
	"tblGridChange tblPrExChange numberingChange cellIns cellDel cellMerge tblCaption tblDescription sdtPr sdtEndPr smartTagPr customXmlPr OLEObject objectEmbed objectLink control " +
	"printerSettings subDoc rsids hlinkHover timing transition custDataLst controls oleObjects externalData userShapes protection docPartObj signatureline mathFont")

// scrub takes out of a part what is the same in every kind of document.
func (p *part) scrub(b *office) {
	foreign := p.foreign()
	veiled := b.places[p.entry]
	element := -1
	for i := range p.tokens {
		switch p.tokens[i].kind {
		case aside:
			if i > 0 || !bytes.HasPrefix(p.raw(i), []byte("<?xml")) {
				p.drop(i)
			}
		case chars, cdata:
			if !p.gone(i) && len(bytes.TrimSpace(p.raw(i))) > 0 && !textual[p.within(i)] {
				p.drop(i)
				b.gone(p.entry, "foreign")
			}
		case opens, single:
			element++
			if p.gone(i) {
				continue
			}
			full := p.full(i)
			prefix, name, ok := strings.Cut(full, ":")
			if !ok {
				prefix, name = "", full
			}
			if text, ok := veiled[element]; ok && text == "" && name != "c" {
				p.veil(b, i, name)
				continue
			}
			switch {
			case foreign[prefix]:
				p.drop(i)
				b.gone(p.entry, "foreign")
			case dropped[name]:
				p.drop(i)
				b.gone(p.entry, reason(name))
			case name == "AlternateContent":
				p.choose(i)
			case name == "ext" && prefix != "a" || name == "ext" && p.attr(i, "uri") != "":
				p.extension(b, i)
			default:
				p.attributesOf(b, i, name, foreign)
			}
		}
	}
}

// foreign are the prefixes of namespaces that are not those of office documents.
func (p *part) foreign() map[string]bool {
	all := map[string]bool{}
	for i := range p.tokens {
		if !p.element(i) || !bytes.Contains(p.raw(i), []byte("xmlns")) {
			continue
		}
		for _, a := range p.attributes(i) {
			prefix, ok := strings.CutPrefix(a.full, "xmlns")
			if ok && !slices.ContainsFunc(namespaces, func(known string) bool { return strings.HasPrefix(a.value, known) }) {
				all[strings.TrimPrefix(prefix, ":")] = true
			}
		}
	}
	return all
}

// veil takes out an element nobody sees: of text only the text.
func (p *part) veil(b *office, i int, name string) {
	switch name {
	case "t", "v":
		p.empty(i)
	default:
		p.drop(i)
	}
	b.gone(p.entry, map[bool]string{true: "hidden_text", false: "hidden_shapes"}[len(name) <= 3 && name != "sp" && name != "pic"])
}

func reason(element string) string {
	switch {
	case strings.HasPrefix(element, "comment") || element == "annotationRef":
		return "comments"
	case strings.HasSuffix(element, "Change") || strings.HasPrefix(element, "cell") || strings.HasPrefix(element, "move"):
		return "tracked_changes"
	case strings.HasPrefix(element, "ole") || strings.HasPrefix(element, "OLE") || strings.HasPrefix(element, "object") || element == "externalData":
		return "embedded_object"
	case strings.HasPrefix(element, "control") || strings.HasPrefix(element, "sdt"):
		return "form"
	case strings.HasPrefix(element, "tblC") || strings.HasPrefix(element, "tblD"):
		return "alt_text"
	}
	return "metadata"
}

// understood are the namespaces, by their usual prefix, whose elements every
// program draws; for others it draws what stands behind them.
var understood = set("wps wpg wpc wp14 w14 w15 w16 p14 p15 a14 c14 c16 x14 x14ac x15 a16")

// choose leaves one of the forms in which something is written.
func (p *part) choose(i int) {
	taken := false
	for n := i + 1; n < p.last(i); n++ {
		if !p.element(n) {
			continue
		}
		name, all := p.name(n), true
		for prefix := range strings.FieldsSeq(p.attr(n, "Requires")) {
			all = all && understood[prefix]
		}
		if end := p.last(n); !taken && (name == "Fallback" || name == "Choice" && all) {
			taken = true
			p.unwrap(n)
			n = end
		} else {
			p.drop(n)
			n = end
		}
	}
	p.unwrap(i)
}

// extension keeps the extensions that draw.
func (p *part) extension(b *office, i int) {
	for n := i + 1; n < p.last(i); n++ {
		if !p.element(n) {
			continue
		}
		switch p.name(n) {
		case "svgBlip", "useLocalDpi", "dataModelExt", "sparklineGroups", "conditionalFormattings", "hiddenFill", "hiddenLine":
			if n := p.name(n); n != "svgBlip" {
				return
			}
		}
		break
	}
	p.drop(i)
	b.gone(p.entry, "metadata")
}

// attributesOf takes the traces out of an element.
func (p *part) attributesOf(b *office, i int, name string, foreign map[string]bool) {
	raw := p.raw(i)
	if bytes.IndexByte(raw, '=') < 0 {
		return
	}
	named := name == "cNvPr" || name == "docPr" || name == "cSld" || p.role == "theme"
	p.change(i, func(a attribute) (string, bool) {
		prefix, short, ok := strings.Cut(a.full, ":")
		if !ok {
			prefix, short = "", a.full
		}
		switch {
		case prefix == "xmlns" || a.full == "xmlns":
			return a.value, !foreign[short] || a.full == "xmlns"
		case prefix != "" && foreign[prefix]:
			return "", false
		case traces[short]:
			if short == "descr" || short == "title" || short == "alt" {
				b.gone(p.entry, "alt_text")
			}
			return "", false
		case short == "name" && named:
			return "", true
		case prefix == "" && short == "id" && strings.HasPrefix(p.full(i), "v:") && !strings.HasPrefix(a.value, "_x0000_t"):
			return "", false
		}
		return a.value, true
	})
}

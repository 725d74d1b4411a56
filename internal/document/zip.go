package document

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// pack is a zip whose entries are read when they are asked for.
type pack struct {
	o     *opening
	data  []byte
	names []string // sorted, with / between folders
	files map[string]*zip.File
	folds map[string]string // name by name in lower case
}

// unzip reads a zip's directory. What the zip holds beside its entries is put
// into p.
func (o *opening) unzip(data []byte, p *parts) (*pack, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, unreadable("truncated", "no readable zip directory")
	}
	k := &pack{o: o, data: data, files: make(map[string]*zip.File, len(z.File)), folds: map[string]string{}}
	p.add("zip comment", true, text8(z.Comment))
	for _, f := range z.File {
		if err := o.spend(&o.files, 1, "too_many_parts"); err != nil {
			return nil, err
		}
		p.add("zip comment", true, text8(f.Comment))
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			p.add("folder name", false, text8(f.Name))
			continue
		}
		name := strings.ReplaceAll(text8(f.Name), `\`, "/")
		if _, twice := k.files[name]; twice {
			return nil, unreadable("damaged", "two zip entries of one name")
		}
		k.files[name] = f
		k.names = append(k.names, name)
		k.folds[strings.ToLower(name)] = name
	}
	slices.Sort(k.names)
	for _, name := range k.names {
		if unsafe(name) {
			p.unread("unsafe file name", false, name, "damaged")
		}
	}
	return k, nil
}

// unsafe says whether unpacking to a disk would leave the folder.
func unsafe(name string) bool {
	return strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") ||
		strings.IndexByte(name, 0) >= 0 || len(name) > 1 && name[1] == ':'
}

// text8 is a name or comment: UTF-8, or what Chinese Windows writes.
func text8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if out, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil {
		return out
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (k *pack) has(name string) bool { return k.files[name] != nil }

// find is the entry of that name in any case, or empty.
func (k *pack) find(name string) string {
	if k.has(name) {
		return name
	}
	return k.folds[strings.ToLower(name)]
}

// stream passes an entry to read, which reads it to its end: there stands the
// checksum.
func (k *pack) stream(name string, read func(io.Reader) error) error {
	f := k.files[name]
	if f == nil {
		return unreadable("damaged", "no such zip entry")
	}
	if f.Flags&1 != 0 {
		return unreadable("encrypted", "zip entry")
	}
	if left := uint64(max(k.o.unpacked, 0)); f.UncompressedSize64 > left { // why begin
		return k.o.spend(&k.o.unpacked, k.o.unpacked+1, "too_large")
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return unreadable("unsupported_type", "zip method %d", f.Method)
	}
	if err != nil {
		return unreadable("damaged", "zip entry")
	}
	err = read(metered{r, k.o})
	bad := (*Unreadable)(nil)
	switch err = errors.Join(err, r.Close()); {
	case err == nil || errors.As(err, &bad):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return unreadable("truncated", "zip entry")
	default:
		return unreadable("damaged", "zip entry")
	}
}

// read returns an entry's content.
func (k *pack) read(name string) ([]byte, error) {
	var out bytes.Buffer
	if f := k.files[name]; f != nil { // a hint, within what may be unpacked at all
		out.Grow(int(min(f.UncompressedSize64, uint64(max(k.o.unpacked, 0)), uint64(len(k.data))*8)) + bytes.MinRead)
	}
	err := k.stream(name, func(r io.Reader) error {
		_, err := out.ReadFrom(r)
		return err
	})
	return out.Bytes(), err
}

// xml walks an entry that is XML. No such entry is no XML.
func (k *pack) xml(name string, visit func(*event)) error {
	if !k.has(name) {
		return nil
	}
	k.o.entry = name
	return k.stream(name, func(r io.Reader) error { return walkXML(r, k.o.limits.Depth, visit) })
}

// outside opens the bytes of a zip that belong to no entry: what stands before
// the first one, between them, or after the end.
func (k *pack) outside(p *parts) error {
	const small = 64 // descriptors, padding
	end, tail := k.tail()
	spans := [][2]int{{end, len(k.data) - tail}}
	for _, f := range k.files {
		if at, err := f.DataOffset(); err == nil && at >= 0 && at <= int64(len(k.data)) {
			spans = append(spans, [2]int{int(at), int(at) + int(min(f.CompressedSize64, uint64(len(k.data))))})
		}
	}
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	at := 0
	for _, s := range spans {
		gap := k.data[min(at, s[0]):s[0]]
		// The header of an entry, its name and extra fields stand before its data.
		if i := bytes.LastIndex(gap, []byte("PK\x03\x04")); i >= 0 {
			gap = gap[:i]
		}
		if len(gap) > small {
			if err := k.o.enter(p, "bytes between zip entries", true, "bytes", stray(gap)); err != nil {
				return err
			}
		}
		at = max(at, s[1])
	}
	if tail > 0 {
		return k.o.enter(p, "bytes after the end", true, "bytes", stray(k.data[len(k.data)-tail:]))
	}
	return nil
}

// stray is what a reader of bytes that belong to nothing looks at: padding is
// not content.
func stray(b []byte) []byte {
	text := bytes.Trim(b, "\x00")
	if bytes.HasPrefix(text, []byte("PK\x07\x08")) && len(text) <= 24 {
		return nil
	}
	if len(text) == 0 || sniff(text) == "text" {
		return text
	}
	return b
}

// tail finds the directory of a zip: where it begins, and how many bytes follow
// its end.
func (k *pack) tail() (begin, after int) {
	i := bytes.LastIndex(k.data, []byte("PK\x05\x06"))
	if i < 0 || i+22 > len(k.data) {
		return len(k.data), 0
	}
	end := i + 22 + int(binary.LittleEndian.Uint16(k.data[i+20:]))
	size := int(binary.LittleEndian.Uint32(k.data[i+12:]))
	begin = i - size
	if j := bytes.LastIndex(k.data[:i], []byte("PK\x06\x06")); j >= 0 && i-j < 128 { // zip64
		begin = j - size
		if size == 1<<32-1 && j+48 <= len(k.data) {
			begin = j - int(min(binary.LittleEndian.Uint64(k.data[j+40:]), uint64(j)))
		}
	}
	return min(max(begin, 0), len(k.data)), max(len(k.data)-end, 0)
}

// openZip opens whatever a zip is: an office document, an OFD, or a container
// whose files are opened one by one.
func (o *opening) openZip(name string, data []byte) (Document, error) {
	var p parts
	k, err := o.unzip(data, &p)
	if err != nil {
		return Document{}, err
	}
	var d Document
	switch {
	case k.find("[Content_Types].xml") != "" || k.find("_rels/.rels") != "":
		d, err = openPackage(k)
	case k.find("OFD.xml") != "":
		d, err = openOFD(k)
	case k.has("mimetype") && k.has("content.xml"):
		return o.openDocument(k, name)
	default:
		d, err = openArchive(k)
	}
	if err == nil {
		err = k.outside(&p)
	}
	if err != nil {
		return Document{}, err
	}
	d.Parts = append(d.Parts, p.all...)
	return d, nil
}

// openDocument has an OpenDocument file converted; what its mimetype says is its
// kind.
func (o *opening) openDocument(k *pack, name string) (Document, error) {
	kind, err := k.read("mimetype")
	if err != nil {
		return Document{}, err
	}
	ending := ".odt"
	switch {
	case bytes.Contains(kind, []byte("spreadsheet")):
		ending = ".ods"
	case bytes.Contains(kind, []byte("presentation")):
		ending = ".odp"
	case !bytes.Contains(kind, []byte("opendocument")):
		return Document{}, unreadable("unsupported_type", "a container of another program")
	}
	return o.convert([2]string{ending, strings.TrimSpace(text8(string(kind)))}, name, k.data, parts{})
}

// openArchive opens every file of a container; its body is the list of them.
func openArchive(k *pack) (Document, error) {
	p := parts{all: []Part{{Name: "body", Text: strings.Join(k.names, "\n")}}}
	locked := 0
	for _, name := range k.names {
		content, err := k.read(name)
		if err == nil {
			if base := path.Base(name); strings.HasPrefix(name, "__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" {
				err = k.o.leftover(&p, name, content)
			} else {
				k.o.files++ // the directory has counted it
				err = k.o.enter(&p, name, false, name, content)
			}
		} else {
			if bad := (*Unreadable)(nil); errors.As(err, &bad) && bad.Reason == "encrypted" {
				locked++
			}
			err = k.o.skip(&p, clip(name), false, name, err)
		}
		if err != nil {
			return Document{}, err
		}
	}
	if locked > 0 && locked == len(k.names) {
		return Document{}, unreadable("encrypted", "zip")
	}
	return Document{Kind: Zip, MediaType: "application/zip", Parts: p.all}, nil
}

// leftover reads the strings of a file that a system left in a folder: names of
// other files, mostly.
func (o *opening) leftover(p *parts, name string, content []byte) error {
	p.add(fmt.Sprintf("property strings in %s", clip(name)), true, strings.Join(loose(content), "\n"))
	return o.check()
}

// loose finds readable text in bytes of no known form: runs of at least four
// characters in UTF-16 or UTF-8.
func loose(data []byte) []string {
	var all []string
	for _, width := range []int{1, 2} {
		for from := 0; from < width; from++ {
			all = append(all, looseRuns(data[min(from, len(data)):], width)...)
		}
	}
	return all
}

func looseRuns(data []byte, width int) []string {
	var all []string
	var run []rune
	doubtful := 0 // two letters look like one Chinese character
	flush := func() {
		if len(run) >= 4 && 2*doubtful < len(run) {
			all = append(all, string(run))
		}
		run, doubtful = run[:0], 0
	}
	for len(data) >= width {
		r, n := rune(0), width
		if width == 1 {
			r, n = utf8.DecodeRune(data)
		} else {
			r = rune(binary.LittleEndian.Uint16(data))
		}
		data = data[n:]
		if r >= ' ' && r < 0x7F || r >= 0x4E00 && r < 0xA000 || r >= 0x3000 && r < 0x3020 || r >= 0xFF00 && r < 0xFF60 {
			if run = append(run, r); width == 2 && r&0xFF < 0x7F && (r&0xFF >= ' ' || r&0xFF == 0) && r>>8 >= ' ' && r>>8 < 0x7F {
				doubtful++
			}
		} else {
			flush()
		}
	}
	flush()
	return all
}

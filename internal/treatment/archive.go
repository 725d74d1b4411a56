package treatment

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"shenfa/internal/document"
)

// archive is a zip that the reader of documents has accepted, read under the same
// names.
type archive struct {
	names []string // in the order of the directory
	files map[string]*zip.File
	folds map[string]string
	left  int // bytes that may still be unpacked
}

func readArchive(data []byte, limits document.Limits) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, cannot("truncated", "no readable zip directory")
	}
	if len(z.File) > limits.Parts {
		return nil, cannot("too_many_parts", "")
	}
	a := &archive{files: map[string]*zip.File{}, folds: map[string]string{}, left: limits.Unpacked}
	for _, f := range z.File {
		name := strings.ReplaceAll(text8(f.Name), `\`, "/")
		if strings.HasSuffix(name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		if a.files[name] != nil {
			return nil, cannot("damaged", "two zip entries of one name")
		}
		a.names, a.files[name] = append(a.names, name), f
		a.folds[strings.ToLower(name)] = name
	}
	return a, nil
}

// text8 is a name: UTF-8, or what Chinese Windows writes.
func text8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if out, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil {
		return out
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// find is the entry of that name in any case, or empty.
func (a *archive) find(name string) string {
	if a.files[name] != nil {
		return name
	}
	return a.folds[strings.ToLower(name)]
}

// read returns an entry's content.
func (a *archive) read(name string) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, cannot("damaged", "no such zip entry")
	}
	if f.Flags&1 != 0 {
		return nil, cannot("encrypted", "zip entry")
	}
	r, err := f.Open()
	if err != nil {
		return nil, cannot("damaged", "zip entry")
	}
	defer r.Close()   //nolint:errcheck // it was read to its end, where its checksum stands
	const most = 1032 // bytes that one packed byte can become
	var out bytes.Buffer
	out.Grow(int(min(f.UncompressedSize64, f.CompressedSize64*most, uint64(a.left))) + bytes.MinRead)
	if _, err := out.ReadFrom(io.LimitReader(r, int64(a.left)+1)); err != nil {
		return nil, cannot("damaged", "zip entry")
	}
	if a.left -= out.Len(); a.left < 0 {
		return nil, cannot("too_large", "")
	}
	return out.Bytes(), nil
}

// tape reads an entry that is XML.
func (a *archive) tape(name string) (*tape, error) {
	data, err := a.read(name)
	if err != nil {
		return nil, err
	}
	return readTape(data)
}

// relation is one line of a relationships file.
type relation struct {
	id, kind, target string // the target of one inside is the name of an entry
	external         bool
}

// relations lists what an entry points at.
func (a *archive) relations(of string) ([]relation, error) {
	name := a.find(strings.TrimPrefix(path.Join(path.Dir(of), "_rels", path.Base(of)+".rels"), "/"))
	if name == "" {
		return nil, nil
	}
	t, err := a.tape(name)
	if err != nil {
		return nil, err
	}
	var all []relation
	for i := range t.tokens {
		if !t.element(i) || t.name(i) != "Relationship" {
			continue
		}
		r := relation{id: t.attr(i, "Id"), kind: path.Base(t.attr(i, "Type")), target: t.attr(i, "Target")}
		if r.external = strings.EqualFold(t.attr(i, "TargetMode"), "External"); !r.external {
			if !strings.HasPrefix(r.target, "/") {
				r.target = path.Join(path.Dir(of), r.target)
			}
			r.target = strings.TrimPrefix(path.Clean(r.target), "/")
			if found := a.find(r.target); found != "" {
				r.target = found
			}
		}
		all = append(all, r)
	}
	return all, nil
}

// member is a file of a zip to be written.
type member struct {
	name string
	data []byte
}

// writeArchive writes members in their order, with the earliest time a zip can
// hold and nothing beside them.
func writeArchive(members []member) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		method := zip.Deflate
		if slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".zip", ".docx", ".xlsx", ".pptx", ".ofd", ".pdf"}, path.Ext(m.name)) {
			method = zip.Store
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: method, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, fmt.Errorf("write zip: %w", err)
		}
		if _, err := f.Write(m.data); err != nil {
			return nil, fmt.Errorf("write zip: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write zip: %w", err)
	}
	return out.Bytes(), nil
}

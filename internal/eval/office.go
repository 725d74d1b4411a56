package eval

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Printer has LibreOffice write files: the hand of a real program, in formats
// that only programs write.
type Printer struct {
	program string
	dir     string // of its own, for its profile and files
}

// NewPrinter looks for LibreOffice; dir is where it may work. The second result
// is false if it is not installed.
func NewPrinter(dir string) (*Printer, bool) {
	for _, name := range []string{"soffice", "libreoffice"} {
		if program, err := exec.LookPath(name); err == nil {
			return &Printer{program: program, dir: dir}, true
		}
	}
	return nil, false
}

// produced are places in files that LibreOffice makes out of ours.
var produced = []struct {
	name, from string // the place in our file
	format     string
	endings    []string // it is written as each of these in turn
	hidden     bool
}{
	{"body", "docx", "LibreOffice", []string{".pdf"}, false},
	{"body", "docx", "LibreOffice", []string{".doc"}, false},
	{"body", "docx", "LibreOffice", []string{".rtf"}, false},
	{"body", "docx", "LibreOffice", []string{".odt"}, false},
	{"body", "docx", "LibreOffice", []string{".odt", ".docx"}, false},
	{"header", "docx", "LibreOffice", []string{".pdf"}, false},
	{"footnote", "docx", "LibreOffice", []string{".odt", ".docx"}, false},
	{"table", "docx", "LibreOffice", []string{".pdf"}, false},
	{"comment", "docx", "LibreOffice", []string{".odt", ".docx"}, true},
	{"comment", "docx", "LibreOffice", []string{".doc"}, true},
	{"deletion", "docx", "LibreOffice", []string{".odt", ".docx"}, true},
	{"deletion", "docx", "LibreOffice", []string{".doc"}, true},
	{"vanish", "docx", "LibreOffice", []string{".odt", ".docx"}, true},
	{"vanish", "docx", "LibreOffice", []string{".doc"}, true},
	{"white", "docx", "LibreOffice", []string{".pdf"}, true},
	{"one point", "docx", "LibreOffice", []string{".pdf"}, true},
	{"shared string", "xlsx", "LibreOffice", []string{".xls"}, false},
	{"shared string", "xlsx", "LibreOffice", []string{".pdf"}, false},
	{"number", "xlsx", "LibreOffice", []string{".ods", ".xlsx"}, false},
	{"hidden sheet", "xlsx", "LibreOffice", []string{".ods", ".xlsx"}, true},
	{"hidden sheet", "xlsx", "LibreOffice", []string{".xls"}, true},
	{"hidden row", "xlsx", "LibreOffice", []string{".xls"}, true},
	{"comment", "xlsx", "LibreOffice", []string{".ods", ".xlsx"}, true},
	{"slide", "pptx", "LibreOffice", []string{".pdf"}, false},
	{"slide", "pptx", "LibreOffice", []string{".ppt"}, false},
	{"notes", "pptx", "LibreOffice", []string{".odp", ".pptx"}, true},
	{"body", "docx", "picture", []string{".png"}, false},
	{"body", "docx", "picture", []string{".jpg"}, false},
	{"body", "docx", "scan", []string{".png", "scan"}, false},
}

// Produced makes cases of files written by LibreOffice, one of each kind, and
// clean ones. Most of them need it to be read again, or tesseract. The files are
// not the same each time: programs write the time of day into them.
func (p *Printer) Produced(ctx context.Context, seed uint64) ([]Case, error) {
	var all []Case
	byName := map[string]format{}
	for _, f := range formats() {
		byName[f.name] = f
	}
	for n, w := range produced {
		from := byName[w.from]
		for _, pl := range from.places {
			if pl.name == w.name {
				if pl.fits != digits {
					pl.fits = printable
				}
				if w.format != "LibreOffice" {
					pl.fits = fine
				}
				c := dirty(seed, from, pl, 11+5*n, 0)
				c.Name = fmt.Sprintf("%s/%s as %s/%s/%s#%d", w.format, pl.name, strings.Join(w.endings, ""), c.Disguise, c.Detector, n)
				c.Format, c.Place, c.Hidden = w.format, pl.name+" as "+strings.Join(w.endings, " "), w.hidden
				all = append(all, p.through(c, w.endings))
			}
		}
	}
	for i, c := range cleanCases(seed, 1) {
		if chain := map[string][]string{"docx": {".pdf"}, "xlsx": {".ods", ".xlsx"}, "pptx": {".pdf"}}[c.Format]; chain != nil {
			if i%8 == 0 {
				chain = map[string][]string{"docx": {".odt", ".docx"}, "xlsx": {".xls"}, "pptx": {".pdf"}}[c.Format]
			}
			c.Name = strings.Replace(c.Name, "clean ", "clean LibreOffice ", 1)
			all = append(all, p.through(c, chain))
		}
	}
	return all, p.print(ctx, all)
}

// through marks a case as one whose file is still to be written as each ending.
func (p *Printer) through(c Case, endings []string) Case {
	c.chain = endings
	for _, e := range endings {
		switch e {
		case ".png", ".jpg", "scan":
			c.Needs = OCR
		}
	}
	switch endings[len(endings)-1] {
	case ".doc", ".rtf", ".odt", ".xls", ".ppt":
		c.Needs = Office
	}
	return c
}

// print has the files of all cases written, those with the same ending at once.
func (p *Printer) print(ctx context.Context, all []Case) error {
	files := make([]string, len(all))
	for i := range all {
		_, data := all[i].File()
		files[i] = filepath.Join(p.dir, fmt.Sprintf("%d%s", i, all[i].ending))
		if err := os.WriteFile(files[i], data, 0o600); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	for step := range 2 {
		batches := map[string][]int{}
		for i, c := range all {
			if step < len(c.chain) && c.chain[step] != "scan" {
				key := c.chain[step] + filepath.Ext(files[i])
				batches[key] = append(batches[key], i)
			}
		}
		for _, batch := range batches {
			to := all[batch[0]].chain[step]
			args := []string{"-env:UserInstallation=file://" + filepath.Join(p.dir, "profile"), "--headless", "--norestore", "--convert-to", to[1:], "--outdir", filepath.Join(p.dir, to[1:])}
			for _, i := range batch {
				args = append(args, files[i])
			}
			if out, err := exec.CommandContext(ctx, p.program, args...).CombinedOutput(); err != nil { //nolint:gosec // found on PATH
				return fmt.Errorf("print: %w: %.200s", err, out)
			}
			for _, i := range batch {
				base := filepath.Base(files[i])
				files[i] = filepath.Join(p.dir, to[1:], strings.TrimSuffix(base, filepath.Ext(base))+to)
			}
		}
	}
	for i := range all {
		data, err := os.ReadFile(files[i])
		if err != nil {
			return fmt.Errorf("print: %w", err)
		}
		all[i].ending = filepath.Ext(files[i])
		if all[i].chain[len(all[i].chain)-1] == "scan" {
			if data, err = scanned(data); err != nil {
				return err
			}
			all[i].ending = ".pdf"
		}
		all[i].file = func(*build) []byte { return data }
	}
	return nil
}

// scanned is a page that is one picture, as scanners write it.
func scanned(picture []byte) ([]byte, error) {
	m, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	gray := image.NewGray(m.Bounds())
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			gray.Set(x, y, m.At(x, y))
		}
	}
	var out bytes.Buffer
	memory(jpeg.Encode(&out, gray, &jpeg.Options{Quality: 85}))
	b := &build{gen: chance(0, "scan")}
	f := &pdfFile{build: b}
	f.objects = []string{stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode", m.Bounds().Dx(), m.Bounds().Dy()), out.String()), "<< /Type /OCG /Name (layer) >>"}
	f.content = "q 595 0 0 842 0 0 cm /X1 Do Q\n"
	return f.bytes(), nil
}

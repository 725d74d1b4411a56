package document

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Installed finds the tools of this machine on its PATH: tesseract with Chinese
// models, LibreOffice; and the reader of PDF, which is part of the program and runs as
// WebAssembly without files or network. The others run as processes of their own, one for each file or
// picture, and end with the context they are given.
func Installed(ctx context.Context) Tools {
	t := Tools{PDF: pdfReader()}
	if program, err := exec.LookPath("tesseract"); err == nil {
		out, err := exec.CommandContext(ctx, program, "--list-langs").Output()
		if err == nil && bytes.Contains(out, []byte("chi_sim")) {
			t.OCR = tesseract(program, models(string(out)))
		}
	}
	for _, name := range []string{"soffice", "libreoffice"} {
		if program, err := exec.LookPath(name); err == nil && t.Office == nil {
			t.Office = libreOffice(program)
		}
	}
	return t
}

// models lists the languages to read with, of those there are.
func models(listed string) string {
	languages := "chi_sim"
	for _, more := range []string{"chi_tra", "eng"} {
		for line := range strings.Lines(listed) {
			if strings.TrimSpace(line) == more {
				languages += "+" + more
			}
		}
	}
	return languages
}

func tesseract(program, languages string) func(context.Context, []byte) (string, error) {
	return func(ctx context.Context, image []byte) (string, error) {
		cmd := exec.CommandContext(ctx, program, "stdin", "stdout", "-l", languages) //nolint:gosec // found on PATH
		cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		cmd.Stdin = bytes.NewReader(image)
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("read picture: %w", err)
		}
		return closeUp(string(out)), nil
	}
}

// closeUp removes the spaces that are put between Chinese characters.
func closeUp(s string) string {
	in, out := []rune(s), make([]rune, 0, len(s))
	for i, r := range in {
		if r == ' ' && i > 0 && i+1 < len(in) && in[i-1] >= 0x2600 && in[i+1] >= 0x2600 {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

// libreOffice converts in a folder of its own, which is gone afterwards.
func libreOffice(program string) func(context.Context, string, []byte) ([]byte, error) {
	return func(ctx context.Context, name string, old []byte) (converted []byte, err error) {
		dir, err := os.MkdirTemp("", "convert-")
		if err != nil {
			return nil, fmt.Errorf("convert: %w", err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // nothing follows from it
		ending := filepath.Ext(name)
		to := map[string]string{".xls": "xlsx", ".ods": "xlsx", ".ppt": "pptx", ".odp": "pptx"}[ending]
		if to == "" {
			to = "docx"
		}
		in := filepath.Join(dir, "in"+ending)
		if err := os.WriteFile(in, old, 0o600); err != nil {
			return nil, fmt.Errorf("convert: %w", err)
		}
		cmd := exec.CommandContext(ctx, program, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), //nolint:gosec // found on PATH
			"--headless", "--norestore", "--nolockcheck", "--convert-to", to, "--outdir", dir, in)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("convert: %w: %.200s", err, out)
		}
		if converted, err = os.ReadFile(filepath.Join(dir, "in."+to)); err != nil {
			return nil, fmt.Errorf("convert: %w", err)
		}
		return converted, nil
	}
}

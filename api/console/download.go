package console

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"shenfa/internal/desk"
	"shenfa/internal/paper"
)

// download sends a file to be saved, never to be opened on our own site.
func (c *Console) download(v *visit, f desk.FileData) error {
	kind := f.Type
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		kind = "application/octet-stream"
	}
	h := v.Response().Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Disposition", disposition(f.Name))
	return v.Blob(http.StatusOK, kind, f.Data)
}

// sendCSV sends a table to be saved under name.
func sendCSV(v *visit, table *paper.CSV, name string) error {
	data, err := table.Bytes()
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	v.Response().Header().Set("Content-Disposition", disposition(name))
	return v.Blob(http.StatusOK, "text/csv; charset=utf-8", data)
}

// disposition writes a name twice: for old programs in ASCII, for all others as it
// is (RFC 6266, RFC 8187).
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\%/`, r) {
			return '_'
		}
		return r
	}, name)
	var full strings.Builder
	for _, b := range []byte(name) {
		if b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || strings.IndexByte("-._~", b) >= 0 {
			full.WriteByte(b)
		} else {
			fmt.Fprintf(&full, "%%%02X", b)
		}
	}
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + full.String()
}

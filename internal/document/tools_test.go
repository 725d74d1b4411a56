package document

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInstalledToolsAnswer runs whatever this machine has: a page without text
// is read as none.
func TestInstalledToolsAnswer(t *testing.T) {
	t.Parallel()
	tools := Installed(t.Context())
	if tools.OCR == nil {
		t.Skip("no OCR with Chinese models here")
	}
	page := image.NewGray(image.Rect(0, 0, 200, 60))
	for i := range page.Pix {
		page.Pix[i] = 0xFF
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, page))
	d, err := OpenWith(t.Context(), tools, "a.png", b.Bytes(), DefaultLimits())
	require.NoError(t, err)
	require.Empty(t, unreads(d))
}

func TestSpacesOfOCRAreClosedUp(t *testing.T) {
	t.Parallel()
	require.Equal(t, "机密★ 10 年 in English", closeUp("机 密 ★ 10 年 in English"))
}

package wechat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// neutral draws the cover of every article, 2.35 to 1 as WeChat crops it: a plain sheet
// with a few lines, which says nothing of what is in it.
func neutral() ([]byte, error) {
	const width, height = 940, 400
	sheet := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{
		color.RGBA{0x1f, 0x4e, 0x79, 0xff}, color.RGBA{0xff, 0xff, 0xff, 0xff}, color.RGBA{0x9d, 0xb4, 0xcc, 0xff},
	})
	fill := func(x0, y0, x1, y1 int, c uint8) {
		draw.Draw(sheet, image.Rect(x0, y0, x1, y1), image.NewUniform(sheet.Palette[c]), image.Point{}, draw.Src)
	}
	fill(330, 60, 610, 340, 1)
	fill(370, 100, 520, 116, 0)
	for y := 150; y < 310; y += 36 {
		fill(370, y, 570, y+10, 2)
	}
	var out bytes.Buffer
	err := png.Encode(&out, sheet)
	return out.Bytes(), err
}

func printOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// cover is the id of our picture among the account's permanent ones. It is uploaded once,
// or again if somebody deleted it.
func (c *Channel) cover(ctx context.Context, again bool) (string, error) {
	data, err := neutral()
	if err != nil {
		return "", err
	}
	return c.uploaded(ctx, "cover/"+printOf(data), again, func() (string, error) {
		var out struct {
			ID string `json:"media_id"`
		}
		if err := c.call(ctx, apiMaterial, upload{"cover.png", data}, &out); err != nil {
			return "", err
		}
		return out.ID, nil
	})
}

// place uploads a picture of the body and returns its address at WeChat.
func (c *Channel) place(ctx context.Context, p picture) (string, error) {
	return c.uploaded(ctx, "picture/"+printOf(p.data), false, func() (string, error) {
		var out struct {
			URL string `json:"url"`
		}
		name := map[string]string{"image/jpeg": "picture.jpg", "image/png": "picture.png"}[p.kind]
		if err := c.call(ctx, apiUploadImg, upload{name, p.data}, &out); err != nil {
			return "", err
		}
		return out.URL, nil
	})
}

// uploaded remembers what upload gave. A second upload after a crash in between is harmless.
func (c *Channel) uploaded(ctx context.Context, key string, again bool, upload func() (string, error)) (string, error) {
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return "", err
	}
	defer unlock()
	known, _, err := recall[string](ctx, c.config.Memory, key)
	if err != nil || known != "" && !again {
		return known, err
	}
	got, err := upload()
	if err != nil {
		return "", err
	}
	if got == "" {
		return "", &unclear{key, errShape}
	}
	return got, amend(ctx, c.config.Memory, key, func(v *string) (bool, error) {
		*v = got
		return true, nil
	})
}

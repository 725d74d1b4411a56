package portal

import (
	"context"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// What the fake shows ahead: the item to come by the secret "right", and nothing by "closed".
func (f *fake) Ahead(_ context.Context, secret string) (desk.Ahead, error) {
	f.tried++
	switch secret {
	case "right":
	case "closed":
		return desk.Ahead{}, disclosure.Refuse(disclosure.PreviewClosed, "")
	default:
		return desk.Ahead{}, disclosure.Refuse(disclosure.NotFound, "preview")
	}
	for _, i := range f.items {
		if i.Number == "SF-2026-000002" {
			if f.public(i) {
				return desk.Ahead{Public: true, Item: desk.PublicItem{Number: i.Number}}, nil
			}
			planned := i.ReleasedAt
			i.ReleasedAt = time.Time{}
			return desk.Ahead{ID: "v1", Reader: "韩玥", At: f.now, Release: &planned, Expires: &planned, Item: i}, nil
		}
	}
	return desk.Ahead{}, disclosure.Refuse(disclosure.NotFound, "preview")
}

func (f *fake) AheadFile(ctx context.Context, secret string, n int) (desk.FileData, error) {
	if _, err := f.Ahead(ctx, secret); err != nil {
		return desk.FileData{}, err
	}
	if n != 1 {
		return desk.FileData{}, disclosure.Refuse(disclosure.PreviewClosed, "")
	}
	return desk.FileData{Name: "名单.txt", Content: disclosure.Sum("text/plain", []byte("甲")), Data: []byte("甲")}, nil
}

package api

import (
	"context"

	"shenfa/internal/desk"
)

func thread() desk.Thread {
	return desk.Thread{
		ID: "c1", File: "body", Part: "body", Quote: "检查对象", Version: 1, Manifest: "aa", Start: 13,
		Said: []desk.Comment{{ID: "c1", By: desk.Ref{ID: "p2", Name: "王"}, At: noon, Words: "是否含个体户"}}, Can: []string{"reply", "resolve"},
	}
}

func (f *fake) Threads(ctx context.Context, _ desk.Actor, id string) ([]desk.Thread, error) {
	return []desk.Thread{thread()}, f.called(ctx, "threads %s", id)
}

func (f *fake) AddComment(ctx context.Context, _ desk.Actor, id, key string, in desk.CommentInput) (desk.Thread, error) {
	return thread(), f.called(ctx, "comment %s %s %s", id, key, in.Quote)
}

func (f *fake) ReplyComment(ctx context.Context, _ desk.Actor, id, thr, key string, in desk.CommentInput) (desk.Thread, error) {
	return thread(), f.called(ctx, "reply %s %s %s %s", id, thr, key, in.Words)
}

func (f *fake) ResolveComment(ctx context.Context, _ desk.Actor, id, thr, key string, open bool) (desk.Thread, error) {
	return thread(), f.called(ctx, "resolve %s %s %s %t", id, thr, key, open)
}

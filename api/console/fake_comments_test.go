package console

import (
	"context"
	"strings"

	"shenfa/internal/desk"
)

const remarkedText = "一、检查时间为三月。\n\n二、检查对象为辖区企业。\n三、检查时间另行通知。"

// remarked has a thread that is open, one that is resolved and one whose passage is gone.
func remarked(f *fake) {
	one := func(id, quote string, can ...string) desk.Thread {
		before, _, _ := strings.Cut(remarkedText, quote)
		return desk.Thread{
			ID: id, File: "body", Part: "body", Quote: quote, Version: 1, Manifest: "aa", Start: len([]rune(before)), Can: append([]string{"reply"}, can...),
			Said: []desk.Comment{{ID: id, By: desk.Ref{ID: "p2", Name: "顾宁"}, At: morning, Words: "是否包括个体工商户"}},
		}
	}
	open, done, gone := one("c1", "检查对象", "resolve"), one("c2", "另行通知", "reopen"), one("c3", "旧的说法", "resolve")
	open.Said = append(open.Said, desk.Comment{ID: "c4", By: desk.Ref{ID: "p1", Name: "周衡"}, At: morning, Words: "包括"})
	done.ResolvedAt, done.ResolvedBy = new(morning), &desk.Ref{ID: "p1", Name: "周衡"}
	gone.Gone = true
	f.text = []desk.TextPart{{Name: "body", Text: remarkedText}, {Name: "header 1", Hidden: true, Text: "内部"}}
	f.threads = []desk.Thread{open, done, gone}
}

func (f *fake) Commentary(_ context.Context, _ desk.Actor, _, file string) (desk.Commentary, error) {
	if file == "" {
		file = "body"
	}
	return desk.Commentary{
		Version: 1, Manifest: "aa", Files: []string{"body", "检查问题清单.xlsx"}, File: file, Threads: f.threads, Parts: f.text,
	}, f.fail["Commentary"]
}

func (f *fake) OpenThreads(context.Context, desk.Actor, string) ([]desk.Thread, error) {
	return f.threads, f.fail["OpenThreads"]
}

func (f *fake) AddComment(_ context.Context, _ desk.Actor, id, key string, in desk.CommentInput) (desk.Thread, error) {
	at := -1
	if in.At != nil {
		at = *in.At
	}
	return desk.Thread{ID: "c9"}, f.called("AddComment", "%s %s %s %s %s %d %s %s", id, key, in.Manifest, in.File, in.Part, at, in.Quote, in.Words)
}

func (f *fake) ReplyComment(_ context.Context, _ desk.Actor, id, thread, key string, in desk.CommentInput) (desk.Thread, error) {
	return desk.Thread{ID: thread}, f.called("ReplyComment", "%s %s %s %s", id, thread, key, in.Words)
}

func (f *fake) ResolveComment(_ context.Context, _ desk.Actor, id, thread, key string, open bool) (desk.Thread, error) {
	return desk.Thread{ID: thread}, f.called("ResolveComment", "%s %s %s %t", id, thread, key, open)
}

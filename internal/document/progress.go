package document

import "context"

// Progress says how far the reading of a file is.
type Progress struct {
	File  string // the file inside the file, empty for the file itself; content, so never to be logged
	Page  int    // of it, from 1; 0 where there are none
	Pages int
}

type progressKey struct{}

// WithProgress has [OpenWith] tell f where it is: at every file inside the file,
// at every page of a PDF. f is called by one goroutine and must be quick.
func WithProgress(ctx context.Context, f func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// Report tells whoever asked by [WithProgress].
func Report(ctx context.Context, p Progress) {
	if f, ok := ctx.Value(progressKey{}).(func(Progress)); ok {
		f(p)
	}
}

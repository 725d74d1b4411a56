package pdf

import (
	"context"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWarmCacheIsTheWholeEngine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, NewReader(Options{Cache: dir}).Warm())
	warm := cached(t, dir)
	require.NotEmpty(t, warm)

	r := NewReader(Options{Cache: dir})
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	_, err := r.Open(context.Background(), whole(func(*file) {}), DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, warm, cached(t, dir), "nothing was compiled again")
}

// cached are the files of a cache, with when they were written.
func cached(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			all[path] = info.ModTime().String()
		}
		return err
	}))
	return all
}

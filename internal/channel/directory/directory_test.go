package directory

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/channeltest"
)

func open(t testing.TB, dir string) *Directory {
	t.Helper()
	d, err := New(Config{Dir: dir, URL: "https://site.test/open/", Now: channeltest.Now})
	require.NoError(t, err)
	return d
}

// online is what a reader of the tree finds, without asking the channel.
func online(t testing.TB, dir, number string) []channeltest.Seen {
	t.Helper()
	k, err := openRooted(dir)
	require.NoError(t, err)
	defer k.Close()
	tr, err := (&Directory{}).load(k)
	require.NoError(t, err)
	e := tr.Items[number]
	if e == nil {
		return nil
	}
	item := filepath.Join(dir, currentName, itemsDir, e.Dir)
	page, err := os.ReadFile(filepath.Join(item, indexName))
	require.NoError(t, err)
	body, err := os.ReadFile(filepath.Join(item, bodyName))
	if errors.Is(err, fs.ErrNotExist) {
		require.NotNil(t, e.Withdrawal)
		require.Contains(t, string(page), `data-withdrawal="`+e.Withdrawal.Type+`"`)
		_, err := os.Stat(filepath.Join(item, filesDir))
		require.ErrorIs(t, err, fs.ErrNotExist)
		return []channeltest.Seen{{Withdrawal: &channel.Withdrawal{Type: e.Withdrawal.Type, Reason: e.Withdrawal.Reason, At: e.Withdrawal.At}}}
	}
	require.NoError(t, err)
	seen := channeltest.Seen{Body: body, Attachments: map[string][]byte{}}
	for _, f := range e.Attached() {
		data, err := os.ReadFile(filepath.Join(item, f.Path))
		require.NoError(t, err)
		seen.Attachments[f.Name] = data
	}
	return []channeltest.Seen{seen}
}

// consistent says that every file that is listed is there with its hash, and no other.
func consistent(t testing.TB, dir string) {
	t.Helper()
	current, err := filepath.EvalSymlinks(filepath.Join(dir, currentName))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(current, sumsName))
	require.NoError(t, err)
	listed := map[string]bool{sumsName: true}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		data, err := os.ReadFile(filepath.Join(current, name))
		require.NoError(t, err)
		got := sha256.Sum256(data)
		require.Equal(t, sum, hex.EncodeToString(got[:]), name)
		listed[name] = true
	}
	var walk func(name string)
	walk = func(name string) {
		entries, err := os.ReadDir(filepath.Join(current, name))
		require.NoError(t, err)
		for _, e := range entries {
			at := filepath.Join(name, e.Name())
			info, err := os.Stat(filepath.Join(current, at))
			require.NoError(t, err)
			if info.IsDir() {
				walk(at)
				continue
			}
			require.True(t, listed[at], "%s is not listed", at)
		}
	}
	walk(".")
}

func TestDirectoryIsAChannel(t *testing.T) {
	t.Parallel()

	channeltest.Run(t, channeltest.Subject{
		Faults: []channeltest.Fault{channeltest.Full},
		Open: func(t *testing.T) channeltest.Far {
			dir := t.TempDir()
			d := open(t, dir)
			f := over(d, dir)
			t.Cleanup(func() {
				if !t.Failed() {
					return
				}
				_ = filepath.WalkDir(dir, func(p string, _ fs.DirEntry, _ error) error { t.Log(p); return nil })
			})
			return channeltest.Far{
				Channel: d, Fail: f.fail,
				Online: func(number string) []channeltest.Seen { return online(t, dir, number) },
				Effects: func() int {
					f.mu.Lock()
					defer f.mu.Unlock()
					return f.became
				},
				Put: func(item channel.Item, body []byte) {
					require.NoError(t, os.WriteFile(filepath.Join(dir, currentName, itemsDir, item.Number, bodyName), body, 0o600))
				},
			}
		},
	})
}

// TestKilledAnywhereTheTreeIsConsistent kills the process after every step in turn. What
// the public finds is then the state before or after, whole; and the next process does it.
func TestKilledAnywhereTheTreeIsConsistent(t *testing.T) {
	t.Parallel()

	first := channeltest.Item(t, Name)
	next := channeltest.Correction(t, first, Name)
	gone := next
	gone.Withdrawal = &channel.Withdrawal{Type: "error", Reason: "有误", At: channeltest.Now()}
	publish := func(i channel.Item) func(context.Context, *Directory) error {
		return func(ctx context.Context, d *Directory) error { _, err := d.Publish(ctx, i); return err }
	}
	withdraw := func(ctx context.Context, d *Directory) error { return d.Withdraw(ctx, gone) }
	for name, tc := range map[string]struct {
		before []func(context.Context, *Directory) error
		act    func(context.Context, *Directory) error
	}{
		"first":      {nil, publish(first)},
		"correction": {[]func(context.Context, *Directory) error{publish(first)}, publish(next)},
		"withdrawal": {[]func(context.Context, *Directory) error{publish(first), publish(next)}, withdraw},
	} {
		for _, torn := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/torn=%v", name, torn), func(t *testing.T) {
				t.Parallel()
				for kill := 0; ; kill++ {
					dir := t.TempDir()
					d := open(t, dir)
					for _, f := range tc.before {
						require.NoError(t, f(t.Context(), d))
					}
					was := online(t, dir, first.Number)
					f := over(d, dir)
					f.left, f.torn = kill, torn
					err := tc.act(t.Context(), d)
					consistent(t, dir)
					now := online(t, dir, first.Number)

					other := open(t, dir)
					require.NoError(t, tc.act(t.Context(), other), "killed after %d steps", kill)
					consistent(t, dir)
					after := online(t, dir, first.Number)
					require.NotEqual(t, was, after)
					if err == nil {
						require.Equal(t, after, now)
						require.Greater(t, kill, 5)
						return
					}
					if !errors.Is(err, channel.ErrUnknown) {
						require.Equal(t, was, now, "it surely did not: %v", err)
					}
					require.Contains(t, [][]channeltest.Seen{was, after}, now, "killed after %d steps", kill)
				}
			})
		}
	}
}

func TestWithdrawnBytesLeaveTheDisk(t *testing.T) {
	t.Parallel()

	for name, why := range map[string]*channel.Withdrawal{"tombstone": {Type: "leak", Reason: "已撤回"}, "silently": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d, item := open(t, dir), channeltest.Item(t, Name)
			_, err := d.Publish(t.Context(), item)
			require.NoError(t, err)
			item.Withdrawal = why
			require.NoError(t, d.Withdraw(t.Context(), item))
			require.NoError(t, filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
				if err != nil || !e.Type().IsRegular() {
					return err
				}
				data, err := os.ReadFile(p)
				require.NotContains(t, string(data), string(item.Body), p)
				if why == nil {
					require.NotContains(t, string(data), "测试", p)
				}
				return err
			}))
			consistent(t, dir)
			_, err = open(t, dir).Publish(t.Context(), item)
			require.ErrorIs(t, err, channel.ErrRefused, "it does not come back by itself")
		})
	}
}

func TestASenderThatComesAfterTheWithdrawalIsRefused(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	d, item := open(t, dir), channeltest.Item(t, Name)
	next := channeltest.Correction(t, item, Name)
	require.NoError(t, d.Withdraw(t.Context(), item))
	_, err := d.Publish(t.Context(), item)
	require.ErrorIs(t, err, channel.ErrRefused)
	_, err = d.Publish(t.Context(), next)
	require.NoError(t, err, "another edition may")
	require.NoError(t, d.Withdraw(t.Context(), next))
	for _, i := range []channel.Item{item, next} {
		_, err = open(t, dir).Publish(t.Context(), i)
		require.ErrorIs(t, err, channel.ErrRefused)
	}
	require.Empty(t, online(t, dir, item.Number))
	consistent(t, dir)
}

func TestWithdrawnCorrectedEditionLeavesTheDisk(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	d, item := open(t, dir), channeltest.Item(t, Name)
	next := channeltest.Correction(t, item, Name)
	for _, i := range []channel.Item{item, next} {
		_, err := d.Publish(t.Context(), i)
		require.NoError(t, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, currentName, itemsDir, item.Number, indexName))
	require.NoError(t, err)
	require.Contains(t, string(page), "第 1 版", "the history is public")
	require.NoError(t, d.Withdraw(t.Context(), item))
	versions, err := os.ReadDir(filepath.Join(dir, versionsDir))
	require.NoError(t, err)
	require.Len(t, versions, 1)
	require.Equal(t, next.Body, online(t, dir, item.Number)[0].Body)
	_, err = d.Publish(t.Context(), item)
	require.ErrorIs(t, err, channel.ErrRefused, "a later edition is there")
}

// TestTwoProcessesKeepOneTree has readers look at it all the while.
func TestTwoProcessesKeepOneTree(t *testing.T) {
	t.Parallel()

	const each = 20
	dir := t.TempDir()
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for n := range errs {
		d := open(t, dir)
		wg.Go(func() {
			for i := range each {
				item := channeltest.Item(t, Name)
				item.Number = fmt.Sprintf("TB-%d-%d", n, i)
				item.Key = item.Number + "/1/directory"
				_, err := d.Publish(t.Context(), item)
				errs[n] = errors.Join(errs[n], err)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			consistent(t, dir)
		}
	}
	require.NoError(t, errors.Join(errs...))
	items, err := os.ReadDir(filepath.Join(dir, currentName, itemsDir))
	require.NoError(t, err)
	require.Len(t, items, 2*each)
}

func TestNamesAreSafeEverywhere(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	d, item := open(t, dir), channeltest.Item(t, Name)
	item.Number = "../../临府〔2026〕1号"
	item.Attachments = nil
	for _, name := range []string{"../../etc/passwd", "CON.txt", "a:b.pdf", "A.pdf", "a.pdf", ".htaccess", "x. ", strings.Repeat("长", 200) + ".pdf", "a\x00b", "..", "%2e%2e%2f"} {
		item.Attachments = append(item.Attachments, channeltest.Attachment(name, []byte(name), nil))
	}
	item = channeltest.Sealed(t, item)
	_, err := d.Publish(t.Context(), item)
	require.NoError(t, err)
	consistent(t, dir)
	seen, err := d.ReadBack(t.Context(), item)
	require.NoError(t, err)
	require.True(t, seen.Equals(item.Manifest))
	files := online(t, dir, item.Number)[0].Attachments
	for _, a := range item.Attachments {
		require.Equal(t, a.Name, string(files[a.Name]))
	}
	lower := map[string]bool{}
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, versionsDir), func(p string, e fs.DirEntry, err error) error {
		name := e.Name()
		require.LessOrEqual(t, len(name), 160)
		require.False(t, strings.ContainsAny(name, `<>:"|?*\`) || strings.HasSuffix(name, " ") || strings.HasSuffix(name, "."), name)
		require.False(t, lower[strings.ToLower(name)], name)
		lower[strings.ToLower(name)] = true
		return err
	}))
}

func TestDamageIsSeenAndMended(t *testing.T) {
	t.Parallel()

	for name, damage := range map[string]func(item string) error{
		"attachment changed": func(p string) error {
			return os.WriteFile(filepath.Join(p, filesDir, "附件1.pdf"), []byte("x"), 0o600)
		},
		"attachment gone": func(p string) error { return os.Remove(filepath.Join(p, filesDir, "附件2.txt")) },
		"page changed":    func(p string) error { return os.WriteFile(filepath.Join(p, indexName), []byte("x"), 0o600) },
		"manifest gone":   func(p string) error { return os.Remove(filepath.Join(p, manifestName)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d, item := open(t, dir), channeltest.Item(t, Name)
			_, err := d.Publish(t.Context(), item)
			require.NoError(t, err)
			require.NoError(t, damage(filepath.Join(dir, currentName, itemsDir, item.Number)))
			seen, err := d.ReadBack(t.Context(), item)
			require.NoError(t, err)
			require.True(t, seen.There)
			require.False(t, seen.Equals(item.Manifest))
			_, err = d.Publish(t.Context(), item)
			require.NoError(t, err)
			seen, err = d.ReadBack(t.Context(), item)
			require.NoError(t, err)
			require.True(t, seen.Equals(item.Manifest))
			consistent(t, dir)
		})
	}
}

func TestEarlierTreesGoInTheEnd(t *testing.T) {
	t.Parallel()

	dir, now := t.TempDir(), channeltest.Now()
	d, err := New(Config{Dir: dir, Now: func() time.Time { return now }})
	require.NoError(t, err)
	for i := range generations + 10 {
		item := channeltest.Item(t, Name)
		item.Number = fmt.Sprintf("TB-%d", i)
		item.Key = item.Number
		_, err := d.Publish(t.Context(), item)
		require.NoError(t, err)
	}
	count := func() int {
		entries, err := os.ReadDir(filepath.Join(dir, generationsDir))
		require.NoError(t, err)
		return len(entries)
	}
	require.Equal(t, generations+1, count())
	now = now.Add(2 * grace)
	item := channeltest.Item(t, Name)
	_, err = d.Publish(t.Context(), item)
	require.NoError(t, err)
	require.Equal(t, 2, count(), "this one, and the one that somebody may be reading")
	consistent(t, dir)
}

func TestMissingDirectoryIsNotReady(t *testing.T) {
	t.Parallel()

	d := open(t, filepath.Join(t.TempDir(), "unmounted"))
	require.Error(t, d.Ready(t.Context()))
	_, err := d.Publish(t.Context(), channeltest.Item(t, Name))
	require.Error(t, err)
	require.NotErrorIs(t, err, channel.ErrUnknown)
	_, err = d.ReadBack(t.Context(), channeltest.Item(t, Name))
	require.Error(t, err)
}

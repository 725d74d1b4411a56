package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/document"
)

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// outcomes scans and returns status by name, in the order told.
func outcomes(t testing.TB, s *Scanner, src Source) (names []string, by map[string]File, sum Summary) {
	t.Helper()
	by = map[string]File{}
	passed, err := s.Run(t.Context(), src, func(f File) error {
		sum.Add(f)
		names, by[f.File] = append(names, f.File), f
		return nil
	})
	require.NoError(t, err)
	sum.Passed = passed
	return names, by, sum
}

func TestTheWorstFileSaysHowAScanEnds(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	clean := write(t, dir, "clean.txt", []byte("通知\n"))
	look := write(t, dir, "look.txt", []byte("公司统一社会信用代码91310000MA1K00000X。\n"))
	found := write(t, dir, "found.txt", []byte("手机13812345678\n"))
	broken := write(t, dir, "broken.docx", []byte("PK\x03\x04"))
	secret := write(t, dir, "secret.txt", []byte("秘密★1年\n合成示例\n"))
	missing := filepath.Join(dir, "missing.txt")
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.Mkdir(empty, 0o755))
	for _, tt := range []struct {
		name  string
		paths []string
		worst Status
		code  int
	}{
		{"Clean", []string{clean}, Clean, 0},
		{"LesserFindingsPass", []string{look}, Clean, 0},
		{"Found", []string{clean, found}, Found, 1},
		{"UnreadableWinsOverFound", []string{found, broken}, Unreadable, 2},
		{"MissingIsUnreadable", []string{missing, clean}, Unreadable, 2},
		{"AMarkWinsOverAll", []string{secret, broken, found, missing}, Quarantine, 3},
		{"AnEmptyFolderBesideFiles", []string{empty, clean}, Clean, 0},
		{"NothingCheckedIsNoPass", []string{empty}, Empty, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			names, _, sum := outcomes(t, scanner(t, Options{}), Source{Paths: tt.paths})
			require.Equal(t, tt.paths, names, "the others go on, in the order given")
			require.Equal(t, tt.worst, sum.Worst)
			require.Equal(t, tt.code, sum.Code())
		})
	}
}

func TestAFolderIsReadWhollyInOrderAndLinksAreNotFollowed(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	for _, name := range []string{"b/2.txt", "b/10.txt", ".hidden/x.txt", ".h.txt", "a.txt", "z.txt"} {
		write(t, dir, name, []byte("手机13812345678"))
	}
	require.NoError(t, os.Symlink("/etc", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink(filepath.Join(dir, "a.txt"), filepath.Join(dir, "b", "link.txt")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	require.NoError(t, os.Symlink(dir, dir+".link"))
	t.Cleanup(func() { _ = os.Remove(dir + ".link") })
	want := []string{".h.txt", ".hidden/x.txt", "a.txt", "b/10.txt", "b/2.txt", "z.txt"}
	for _, named := range []string{dir, dir + "/", dir + ".link"} {
		names, by, sum := outcomes(t, scanner(t, Options{}), Source{Paths: []string{named}})
		for i := range names {
			require.Equal(t, Found, by[names[i]].Status)
			names[i], _ = filepath.Rel(named, names[i])
		}
		require.Equal(t, want, names)
		require.Equal(t, 3, sum.Passed)
	}
}

func TestManyFilesComeInOrder(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	for i := range 1500 {
		write(t, dir, fmt.Sprintf("%04d.txt", i), []byte("通知"))
	}
	names, _, _ := outcomes(t, scanner(t, Options{}), Source{Paths: []string{dir}})
	require.Len(t, names, 1500)
	require.True(t, slices.IsSorted(names))
}

func TestStandardInputHasANameAndASize(t *testing.T) {
	t.Parallel()

	s := scanner(t, Options{})
	_, by, _ := outcomes(t, s, Source{Paths: []string{"-"}, Stdin: strings.NewReader("手机13812345678"), Name: "稿.txt"})
	f := by["稿.txt"]
	require.Equal(t, Found, f.Status)
	require.Equal(t, int64(17), f.Size)
	require.Len(t, f.SHA256, 64)

	_, by, _ = outcomes(t, s, Source{Paths: []string{"-"}, Stdin: io.LimitReader(zeros{}, 1<<40), Name: "long"})
	require.Equal(t, Unreadable, by["long"].Status, "no more is read than may be checked")
	require.Empty(t, by["long"].SHA256)
	require.Equal(t, "unread-file", by["long"].Findings[0].Rule)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// silence never says anything.
type silence struct{}

func (silence) Read([]byte) (int, error) { select {} }

func TestAScanThatIsBrokenOffReturnsAtOnce(t *testing.T) {
	t.Parallel()

	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	done := make(chan error, 1)
	s := scanner(t, Options{})
	go func() {
		_, err := s.Run(ctx, Source{Paths: []string{"-"}, Stdin: silence{}, Name: "-"}, func(File) error { return nil })
		done <- err
	}()
	select {
	case err := <-done:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(5 * time.Second):
		t.Fatal("it waits for what never comes")
	}
}

func TestWhyAFileCannotBeRead(t *testing.T) {
	t.Parallel()

	require.Equal(t, NoPermission, why(&fs.PathError{Op: "open", Path: "/x/13812345678", Err: syscall.EACCES}))
	require.Equal(t, NotFound, why(&fs.PathError{Err: syscall.ENOENT}))
	require.Equal(t, Faulty, why(syscall.EIO))
}

// TestToolsAreAskedForOnlyWhenAFileNeedsThem keeps small text quick: finding the
// tools takes longer than checking it.
func TestToolsAreAskedForOnlyWhenAFileNeedsThem(t *testing.T) {
	t.Parallel()

	asked := 0
	s := scanner(t, Options{Tools: func(ctx context.Context) document.Tools {
		asked++
		return document.Tools{PDF: document.Installed(ctx).PDF}
	}})
	for i, tt := range []struct {
		name  string
		data  []byte
		asked int
	}{
		{"a.txt", []byte("通知"), 0},
		{"a.docx", minutes(t), 0},
		{"a.pdf", paper("a", "3 Tr b"), 1},
		{"b.pdf", paper("a", "3 Tr b"), 1},
	} {
		f, err := s.Check(t.Context(), tt.name, tt.data)
		require.NoError(t, err)
		require.NotEqual(t, Unreadable, f.Status)
		require.Equal(t, tt.asked, asked, "%d: %s", i, tt.name)
	}
}

// TestNothingThatIsMaskedIsRepeatedAnywhere writes identifiers in lines long and
// short, side by side and broken over lines, and looks for them in what is told.
func TestNothingThatIsMaskedIsRepeatedAnywhere(t *testing.T) {
	t.Parallel()

	c := checker(t)
	masked, plain := New(Options{Checker: c}), New(Options{Checker: c, Show: true})
	things := []string{"13812345678", "138 1234 5678", "１３８１２３４５６７８", "310114199003070010", "6222021001112223331", "密码：Abc@12345", "举报人：李四海", "住址：滨江区示范路18号3幢502室", "310114198811230023"}
	filler := []string{"，", "联系人", "\n", "的电话为", "见附件", "合成样例文字", strings.Repeat("长句子没有标点", 9), "备用 ", "患有高血压，"}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			b.WriteString(rapid.SampledFrom(things).Draw(t, "thing"))
			for range rapid.IntRange(1, 3).Draw(t, "gap") {
				b.WriteString(rapid.SampledFrom(filler).Draw(t, "filler"))
			}
		}
		text := b.String()
		found, err := plain.Check(context.Background(), "a.txt", []byte(text))
		require.NoError(t, err)
		told, err := masked.Check(context.Background(), "a.txt", []byte(text))
		require.NoError(t, err)
		require.Len(t, told.Findings, len(found.Findings))
		for _, f := range told.Findings {
			said := f.Excerpt + "\x00" + f.Context + "\x00" + f.Part + "\x00" + f.Reason + "\x00" + f.ReasonEN
			for _, x := range found.Findings {
				if x.Rule == "health" && x.Line == f.Line && max(x.Start-f.Start, f.Start-x.Start) < 40 {
					require.Empty(t, f.Context, "beside what is to be removed")
				}
				if !secret(x) || x.Rule == "health" {
					continue
				}
				// Masks keep some at the ends; six in a row out of the middle are too many.
				r := []rune(x.Excerpt)
				for i := 1; i+6 < len(r); i++ {
					if piece := string(r[i : i+6]); !strings.ContainsAny(piece, "\n，联系人的电话为见附件合成样例文字长句子没有标点备用") && !strings.Contains(x.Mask, piece) {
						require.NotContains(t, said, piece, "%s of %q in %q", x.Rule, x.Excerpt, text)
					}
				}
			}
		}
	})
}

func TestAMarkShowsItselfAndNothingBesideIt(t *testing.T) {
	t.Parallel()

	f, err := scanner(t, Options{}).Check(t.Context(), "a.txt", []byte("机密★10年 合成的绝不外传的内容\n"+"内部资料，合成样例，电话13812345678\n"))
	require.NoError(t, err)
	require.Equal(t, Quarantine, f.Status)
	raw, err := json.Marshal(f)
	require.NoError(t, err)
	require.Contains(t, string(raw), "机密★10年")
	for _, beside := range []string{"绝不外传", "合成样例", "13812345678"} {
		require.NotContains(t, string(raw), beside)
	}
}

// TestNamesInsideAFileAreMaskedToo is about a container: the names in it are text
// of the file, and name its parts.
func TestNamesInsideAFileAreMaskedToo(t *testing.T) {
	t.Parallel()

	f, err := scanner(t, Options{}).Check(t.Context(), "a.zip", pack(t, "王强310114199003070010.txt", "密码：Abc@12345\n", "名单13812345678.bin", "\x00\x01\x02"))
	require.NoError(t, err)
	require.NotEmpty(t, f.Findings)
	raw, err := json.Marshal(f)
	require.NoError(t, err)
	for _, secret := range []string{"310114199003070010", "13812345678", "Abc@12345"} {
		require.NotContains(t, string(raw), secret)
	}
}

func TestWhatAFileSaysDoesNothingToATerminal(t *testing.T) {
	t.Parallel()

	s := scanner(t, Options{Show: true})
	dir := t.TempDir()
	path := write(t, dir, "a\x1b[2J\nb\u202e.txt", []byte("初始密码：Ab\x1b[31m@12345\u202e，内部资料\x07"))
	for _, lang := range []Language{Chinese, English} {
		var b bytes.Buffer
		r, err := s.Text(&b, lang, true)
		require.NoError(t, err)
		run(t, s, r, path)
		require.Contains(t, b.String(), "b.txt")
		require.NotRegexp(t, "[\x00-\x09\x0b-\x1f\u202e]", b.String())
		require.NotContains(t, b.String(), "{", "every word of a sentence is filled in")
	}
}

func TestEveryWordStandsInBothLanguages(t *testing.T) {
	t.Parallel()

	v, err := words()
	require.NoError(t, err)
	for key, by := range v.Say {
		require.NotEmpty(t, by[Chinese], key)
		require.NotEmpty(t, by[English], key)
	}
	zh, err := speak(Chinese)
	require.NoError(t, err)
	for name, want := range map[string]string{
		"body": "正文", "header 1": "页眉 1", "sheet 名单": "工作表“名单”", "comment B4 (赵敏) in sheet 名单": "工作表“名单”里的批注 B4 (赵敏)",
		"notes of slide 2": "第 2 张幻灯片的备注", "picture 1 on page 2": "第 2 页里的图片 1", "body in 附件/通知.docx": "附件/通知.docx里的正文",
		"hidden text on page 3 in 正文.ofd": "正文.ofd里的第 3 页上的隐藏文字", "something new": "something new",
	} {
		require.Equal(t, want, zh.part(name), name)
	}
}

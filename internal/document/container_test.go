package document

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestZipIsOpenedToItsGround(t *testing.T) {
	t.Parallel()
	name, err := simplifiedchinese.GBK.NewEncoder().String("名单/机密.txt")
	require.NoError(t, err)
	inner := zipOf(t, "b/深.txt", "底层")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range []entry{{"内.zip", string(inner)}, {"报告.docx", string(rich(t))}, {"坏.docx", "PK\x03\x04"}, {"图.png", string(pngOf(t))}, {`反\斜.txt`, "斜"}, {"../上.txt", "越"}, {"空/", ""}} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Comment: "条注"})
		require.NoError(t, err)
		_, err = f.Write([]byte(e.content))
		require.NoError(t, err)
	}
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true})
	require.NoError(t, err)
	_, err = f.Write([]byte("国标名"))
	require.NoError(t, err)
	require.NoError(t, z.SetComment("总注"))
	require.NoError(t, z.Close())
	d := open(t, "a.zip", b.Bytes())
	require.Equal(t, Zip, d.Kind)
	got := texts(d)
	require.Equal(t, "../上.txt\n内.zip\n反/斜.txt\n名单/机密.txt\n图.png\n坏.docx\n报告.docx", got["body"])
	for part, want := range map[string]string{
		"body in b/深.txt in 内.zip": "底层", "body in 内.zip": "b/深.txt", "header 1 in 报告.docx": "机密★10年", "body in 反/斜.txt": "斜", "body in 名单/机密.txt": "国标名", "folder name": "空/",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Contains(t, got["zip comment"], "总注\n条注")
	require.Equal(t, "damaged", unreads(d)["unsafe file name"])
	require.Equal(t, "truncated", unreads(d)["坏.docx"])
	require.Equal(t, "image", unreads(d)["图.png"])
	require.False(t, hidden(t, d, "body in 名单/机密.txt"))
	require.True(t, hidden(t, d, "comment 2 (赵某) in 报告.docx"))
	require.Equal(t, "a.zip", d.Parts[len(d.Parts)-1].Text)
}

// TestBytesThatBelongToNothingAreOpened: a reader of one directory never sees
// what another finds before, between or after the entries.
func TestBytesThatBelongToNothingAreOpened(t *testing.T) {
	t.Parallel()
	good := docx(t, "正文")
	long := "前置的文字，没有一个目录提到它，却留在文件里，一百多个字节的内容足以写下一个名字和电话。"
	d := open(t, "a.docx", append(bytes.Clone(good), "尾随的文字"...))
	require.Equal(t, "尾随的文字", texts(d)["body in bytes after the end"])
	require.True(t, hidden(t, d, "body in bytes after the end"))

	d = open(t, "a.docx", append(bytes.Clone(good), zipOf(t, "x.txt", "第二个压缩包")...))
	require.Contains(t, texts(d)["body"], "x.txt", "the last directory counts, as for every reader")
	require.Equal(t, "正文", texts(d)["body in bytes between zip entries"], "and the first one is opened as well")

	sandwich := append(append([]byte("PK\x03\x04"), long...), good...)
	d = open(t, "a.docx", sandwich)
	require.Contains(t, unreads(d), "bytes between zip entries")

	d = open(t, "a.png", append(pngOf(t), good...))
	require.Equal(t, "正文", texts(d)["body in bytes after the end"], "a picture that is also a document")
}

// TestOldOfficeNeedsAnotherProgram: its text is never passed unread.
func TestOldOfficeNeedsAnotherProgram(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	set := func(values map[uint32]string) string {
		var index, data []byte
		for id, v := range values {
			index = le.AppendUint32(le.AppendUint32(index, id), uint32(8+8*len(values)+len(data)))
			data = append(le.AppendUint32(le.AppendUint32(data, 0x1E), uint32(len(v)+1)), v...)
			data = append(data, 0)
		}
		b := append(make([]byte, 24), 1, 0, 0, 0, 0xE0)
		b = append(b, make([]byte, 15)...)
		b = le.AppendUint32(b, 48)
		b = le.AppendUint32(b, uint32(8+len(index)+len(data)))
		return string(append(append(le.AppendUint32(b, uint32(len(values))), index...), data...))
	}
	old := compoundFile(t, []cfbStream{
		{"WordDocument", string(make([]byte, 40))},
		{"1Table", "x"},
		{"夹带", "夹带的文字"},
		{"\x05SummaryInformation", set(map[uint32]string{4: "老作者", 8: "改者"})},
		{"ObjectPool/_1/\x01Ole10Native", native("清单.txt", `C:\清单.txt`, "对象内文")},
		{"ObjectPool/_2/Workbook", "\x09\x08\x00\x00"},
		{"Macros/VBA/ThisDocument", vba("Attribute VB_Name = \"ThisDocument\"\r\n")},
		{"Macros/VBA/_VBA_PROJECT", "x"},
	})
	d := open(t, "a.zip", zipOf(t, "旧.doc", string(old)))
	got := texts(d)
	for part, want := range map[string]string{
		"property creator in 旧.doc": "老作者", "property lastModifiedBy in 旧.doc": "改者", "body in embedded object 清单.txt in 旧.doc": "对象内文", "body in embedded object 夹带 in 旧.doc": "夹带的文字", "macro ThisDocument in 旧.doc": `Attribute VB_Name = "ThisDocument"`,
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Equal(t, map[string]string{"body in 旧.doc": "needs_converter", "embedded object ObjectPool/_2/Workbook in 旧.doc": "needs_converter"}, unreads(d))

	tools := Tools{Office: func(_ context.Context, name string, data []byte) ([]byte, error) {
		require.Equal(t, "旧.doc", name)
		require.Equal(t, old, data)
		return docx(t, "转换后"), nil
	}}
	d, err := OpenWith(t.Context(), tools, "旧.wps", old, DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, "application/msword", d.MediaType)
	require.Equal(t, "转换后", texts(d)["body"])
	require.Equal(t, "老作者", texts(d)["property creator"])
	require.Equal(t, "<p>转换后</p>\n", d.HTML())
}

func TestOpenDocumentNeedsAnotherProgramToo(t *testing.T) {
	t.Parallel()
	_, err := Open("a.ods", zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>"), DefaultLimits())
	var bad *Unreadable
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "needs_converter", bad.Reason)
}

func TestOutlookMailIsRead(t *testing.T) {
	t.Parallel()
	d := open(t, "a.msg", compoundFile(t, []cfbStream{
		{"__substg1.0_0037001F", utf16Text("主题")},
		{"__substg1.0_1000001F", utf16Text("信文")},
		{"__substg1.0_0E02001F", utf16Text("密送人")},
		{"__properties_version1.0", "x"},
		{"__attach_version1.0_#00000000/__substg1.0_37010102", string(docx(t, "附件"))},
		{"__attach_version1.0_#00000000/__substg1.0_3707001F", utf16Text("附.docx")},
	}))
	got := texts(d)
	require.Equal(t, "主题", got["subject"])
	require.Equal(t, "信文", got["body"])
	require.Equal(t, "密送人", got["bcc"])
	require.Empty(t, unreads(d))
	packed := open(t, "b.msg", compoundFile(t, []cfbStream{{"__substg1.0_10090102", "LZFu"}}))
	require.Equal(t, map[string]string{"body": "needs_converter"}, unreads(packed), "a text that is only packed is not read")
	require.Equal(t, "附件", got["body in attachment in __attach_version1.0_#00000000"])
}

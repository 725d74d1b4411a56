package console

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// TestEnglishPagesSpeakEnglish shows a desk on which nobody wrote a Chinese sign: what is
// left of them comes from us.
func TestEnglishPagesSpeakEnglish(t *testing.T) {
	t.Parallel()

	names := []string{"云川市栖岭区应急管理局", "上级通报", "孙洁", "办结", "示例", "可以公开", "赵敏"} // that the desk makes up
	for _, who := range people {
		names = append(names, who.Name)
	}
	for _, one := range visits {
		b := setup(t, plain())
		if one.change != nil {
			one.change(b.desk)
		}
		romanise(reflect.ValueOf(b.desk))
		path := one.path + "?lang=en"
		if strings.Contains(one.path, "?") {
			path = one.path + "&lang=en"
		}
		root, err := html.Parse(b.get(t, one.as, path).Body)
		require.NoError(t, err)
		for _, text := range spoken(root) {
			for _, name := range names {
				text = strings.ReplaceAll(text, name, "")
			}
			if han.MatchString(text) {
				t.Errorf("%s: %s", one.name, text)
			}
		}
	}
}

// TestChinesePagesSpeakChinese looks for words of ours that stand on a Chinese page in English.
func TestChinesePagesSpeakChinese(t *testing.T) {
	t.Parallel()

	foreign := map[string]bool{}
	for key, en := range catalogues[english] {
		if len(en) > 2 && en != catalogues[chinese][key] {
			foreign[en] = true
		}
	}
	for _, one := range visits {
		if strings.Contains(one.path, "lang=en") {
			continue
		}
		b := setup(t, plain())
		if one.change != nil {
			one.change(b.desk)
		}
		root, err := html.Parse(b.get(t, one.as, one.path).Body)
		require.NoError(t, err)
		for _, text := range spoken(root) {
			require.False(t, foreign[text], "%s: %s", one.name, text)
		}
	}
}

var han = regexp.MustCompile(`\p{Han}`)

// spoken is what a page says in its own language: its texts and labels, without the sign
// of the product, ids, and what is marked as another language.
func spoken(root *html.Node) (all []string) {
	page := attr(root.LastChild, "lang")
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if lang := attr(n, "lang"); lang != "" && lang != page || attr(n, "aria-hidden") == "true" || strings.Contains(attr(n, "class"), "mono") {
			return
		}
		if n.Type == html.TextNode {
			all = append(all, strings.TrimSpace(n.Data))
		}
		for _, key := range []string{"aria-label", "placeholder", "title", "alt"} {
			if words := attr(n, key); words != "" {
				all = append(all, words)
			}
		}
		if n.Type == html.ElementNode && n.Data == "input" && (attr(n, "type") == "submit" || attr(n, "type") == "button") {
			all = append(all, attr(n, "value"))
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(root)
	return all
}

// romanise writes every Chinese sign below v in Latin, except in what is the Chinese name
// of something that has an English one.
func romanise(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			romanise(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			romanise(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			k, one := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			k.Set(key)
			one.Set(v.MapIndex(key))
			romanise(k)
			romanise(one)
			v.SetMapIndex(key, reflect.Value{})
			v.SetMapIndex(k, one)
		}
	case reflect.Struct:
		if _, instant := v.Interface().(time.Time); instant {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); !strings.HasSuffix(f.Name, "Zh") {
				field := v.Field(i) // also one of the desk's own
				romanise(reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem())
			}
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(han.ReplaceAllString(v.String(), "x"))
		}
	}
}

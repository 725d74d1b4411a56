package scan

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"shenfa/internal/detect"
)

//go:embed words.json
var wordsFile []byte

// Language is one a person is answered in.
type Language string

// The languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

type vocabulary struct {
	Part map[string]string              `json:"part"` // name of a part, or its beginning, to the Chinese words; {} is the rest
	Say  map[string]map[Language]string `json:"say"`
}

var words = sync.OnceValues(func() (vocabulary, error) {
	var v vocabulary
	if err := json.Unmarshal(wordsFile, &v); err != nil {
		return vocabulary{}, fmt.Errorf("read words: %w", err)
	}
	return v, nil
})

// voice says things in one language.
type voice struct {
	vocabulary
	lang Language
}

func speak(lang Language) (voice, error) {
	v, err := words()
	return voice{v, lang}, err
}

// say fills a sentence with names and values in turn.
func (v voice) say(key string, with ...string) string {
	for i := 0; i < len(with); i += 2 {
		with[i] = "{" + with[i] + "}"
	}
	return strings.NewReplacer(with...).Replace(v.Say[key][v.lang])
}

func (v voice) count(key string, n int, with ...string) string {
	return v.say(key, append([]string{"n", strconv.Itoa(n)}, with...)...)
}

// pick is the text in the language.
func (v voice) pick(zh, en string) string {
	if v.lang == English {
		return en
	}
	return zh
}

// part names a part as a clerk would. What it has no words for stays.
func (v voice) part(name string) string {
	if v.lang == English {
		return name
	}
	if words, ok := v.Part[name]; ok {
		return words
	}
	head := v.head(name)
	for _, link := range []string{" of ", " in ", " on "} {
		if strings.HasSuffix(head, link) {
			return strings.ReplaceAll(v.Part[head], "{}", v.part(name[len(head):]))
		}
	}
	for _, link := range []string{" in ", " on "} {
		if inner, outer, ok := strings.Cut(name, link); ok && (v.Part[inner] != "" || v.head(inner) != "") {
			return v.say("in", "outer", v.part(outer), "inner", v.part(inner))
		}
	}
	if head == "" {
		return name
	}
	return strings.ReplaceAll(v.Part[head], "{}", name[len(head):])
}

// head is the longest beginning of name there are words for.
func (v voice) head(name string) string {
	longest := ""
	for head := range v.Part {
		if strings.HasSuffix(head, " ") && strings.HasPrefix(name, head) && len(head) > len(longest) {
			longest = head
		}
	}
	return longest
}

// place says where in a file of a media type a finding is.
func (v voice) place(f Finding, whole bool, media string) string {
	out := v.part(f.Part)
	if f.Hidden {
		out += v.say("hidden")
	}
	if !whole && (f.Line > 1 || strings.HasPrefix(f.Part, "body")) {
		out += v.count(unit(media), f.Line)
	}
	return plain(out)
}

// unit is what is counted in a file: where text flows, the lines are those of the
// text that was taken out of it.
func unit(media string) string {
	for _, flows := range []string{"wordprocessingml", "ms-word", "text/html", "text/markdown"} {
		if strings.Contains(media, flows) {
			return "text line"
		}
	}
	return "line"
}

// todo says what to do about a finding.
func (v voice) todo(f Finding) string {
	switch {
	case f.Quarantine:
		return v.say("do quarantine")
	case f.Class == detect.Info:
		return v.say("do nothing")
	case f.Class == detect.Warn && f.Treatment == "ask":
		return v.say("do look")
	case f.Class == detect.Block && f.Treatment == "ask":
		return v.say("do ask BLOCK")
	case f.Treatment == "mask" && f.Mask != "":
		return v.say("do mask to", "mask", plain(f.Mask))
	}
	return v.say("do " + f.Treatment)
}

// plain makes of a text from a file one line that does nothing to a terminal.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && r != '\u3000':
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r) || r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

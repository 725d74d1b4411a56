// Package wechattest is a WeChat for tests and drills: an account with drafts, articles,
// tokens and quotas that keeps the rules of the real one as far as its documentation tells
// them, fails as it is told to, and counts what became public.
package wechattest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config is the account. Now is required.
type Config struct {
	AppID  string
	Secret string
	Token  string // of the callbacks
	AESKey string // of the callbacks; empty: in clear
	Now    func() time.Time
	Delay  time.Duration  // from a submission to its end
	Quotas map[string]int // calls a day, by what stands behind /cgi-bin/; what is not there is not limited
	// TitleMax is how many characters a title may have; default 32.
	TitleMax int
}

// Fault is a way to fail. One that comes After lets the call be carried out.
type Fault struct {
	API    string // what stands behind /cgi-bin/; empty: every call
	Times  int    // 0: until Mend
	After  bool
	Code   int    // an errcode
	Status int    // of HTTP, with Body
	Body   string // what is no JSON, say
	Break  bool   // the connection breaks
	Hang   bool   // no answer until the client goes
}

// Article is what stands on the account, or would.
type Article struct {
	ID      string
	Title   string
	Author  string
	Digest  string
	Content string // as WeChat has rewritten it
	Source  string // behind “阅读原文”
	URL     string
}

// Server is the account. It is an http.Handler.
type Server struct {
	config Config

	mu        sync.Mutex
	serial    int
	tokens    map[string]time.Time // until when each is good
	newest    string
	forced    time.Time
	denied    bool
	pictures  map[string]bool // addresses
	materials map[string]bool
	drafts    []stored
	articles  []stored // deleted ones too
	jobs      []*job
	outcome   int
	events    []event
	used      map[string]int // "day api"
	calls     map[string]int
	effects   map[string]int // by Source
	faults    []*Fault
}

type stored struct {
	Article
	media   string
	updated time.Time
	deleted bool
}

type job struct {
	id       string
	draft    stored
	due      time.Time
	status   int
	articles []string
}

// Statuses of a submission.
const (
	public  = 0
	working = 1
)

// New makes an account with nothing on it.
func New(cfg Config) *Server {
	if cfg.TitleMax == 0 {
		cfg.TitleMax = 32
	}
	return &Server{
		config: cfg, serial: 1000, tokens: map[string]time.Time{}, pictures: map[string]bool{}, materials: map[string]bool{},
		used: map[string]int{}, calls: map[string]int{}, effects: map[string]int{},
	}
}

// Inject adds a fault; those added first come first.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Mend ends all faults.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Deny takes the caller off the IP allow list, or puts it on again.
func (s *Server) Deny(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied = yes
}

// ExpireTokens ends all access tokens before their time, unknown to who has them.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// Outcome is the publish_status with which submissions end from now on; 0 is public.
func (s *Server) Outcome(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcome = status
}

// Articles are those that the public sees.
func (s *Server) Articles() []Article {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	var out []Article
	for _, a := range s.articles {
		if !a.deleted {
			out = append(out, a.Article)
		}
	}
	return out
}

// Effects is how often something became public for each address behind “阅读原文”.
func (s *Server) Effects() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	out := map[string]int{}
	for source, n := range s.effects {
		out[source] = n
	}
	return out
}

// Drafts are those in the box.
func (s *Server) Drafts() []Article {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	var out []Article
	for _, d := range s.drafts {
		out = append(out, d.Article)
	}
	return out
}

// DropDrafts empties the box, as an operator might; DropMaterials the pictures.
func (s *Server) DropDrafts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drafts = nil
}

// DropMaterials deletes the permanent pictures.
func (s *Server) DropMaterials() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.materials)
}

// Put makes an article public that nobody submitted.
func (s *Server) Put(a Article) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Content = rewrite(a.Content, nil)
	s.show(stored{Article: a})
}

// Remove takes an article off with status 5 (its owner) or 6 (the platform), and tells so.
func (s *Server) Remove(id string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	for i := range s.articles {
		if s.articles[i].ID == id {
			s.articles[i].deleted = true
		}
	}
	for _, j := range s.jobs {
		for _, a := range j.articles {
			if a == id {
				j.status = status
				s.tell(j)
			}
		}
	}
}

// Edit replaces the content of an article.
func (s *Server) Edit(id, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.articles {
		if s.articles[i].ID == id {
			s.articles[i].Content = rewrite(content, s.pictures)
		}
	}
}

// Calls is how often a call was made, refused or not.
func (s *Server) Calls(api string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[api]
}

// ServeHTTP answers as api.weixin.qq.com does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	api := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
	body, err := io.ReadAll(io.LimitReader(r.Body, 12<<20))
	if err != nil {
		return
	}
	f := s.fault(api)
	if f != nil && !f.After {
		f.answer(w, r)
		return
	}
	s.mu.Lock()
	s.advance()
	answer := s.handle(api, r, body)
	s.mu.Unlock()
	if f != nil {
		f.answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(answer)
}

func (s *Server) fault(api string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.API != "" && f.API != api {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		if !f.After {
			s.calls[api]++
		}
		return f
	}
	return nil
}

func (f *Fault) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Break:
		panic(http.ErrAbortHandler)
	case f.Hang:
		<-r.Context().Done()
	case f.Code != 0:
		_ = json.NewEncoder(w).Encode(refuse(f.Code))
	default:
		if f.Status != 0 {
			w.WriteHeader(f.Status)
		}
		_, _ = io.WriteString(w, f.Body)
	}
}

type reply map[string]any

func refuse(code int) reply { return reply{"errcode": code, "errmsg": fmt.Sprintf("error %d", code)} }

// next is a number never given before.
func (s *Server) next() int { s.serial++; return s.serial }

// advance lets the submissions end whose time has come.
func (s *Server) advance() {
	for _, j := range s.jobs {
		if j.status != working || s.config.Now().Before(j.due) {
			continue
		}
		j.status = s.outcome
		if j.status == public {
			j.articles = append(j.articles, s.show(j.draft))
			for i, d := range s.drafts {
				if d.media == j.draft.media {
					s.drafts = append(s.drafts[:i:i], s.drafts[i+1:]...)
					break
				}
			}
		}
		s.tell(j)
	}
}

// show makes an article public.
func (s *Server) show(a stored) (id string) {
	n := s.next()
	a.ID = fmt.Sprintf("article-%d_x", n)
	a.URL = fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=test&mid=%d", n)
	a.updated = s.config.Now()
	s.articles = append(s.articles, a)
	s.effects[a.Source]++
	return a.ID
}

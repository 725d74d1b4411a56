package channeltest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// Site is a far side that speaks HTTP, and can fail as servers do.
type Site struct {
	*httptest.Server
	handler http.Handler
	led     atomic.Int32 // requests that followed a redirect

	mu    sync.Mutex
	fault Fault
}

// HTTPFaults are the faults that a Site can have.
func HTTPFaults() []Fault {
	return []Fault{Silence, ServerError, WrongAnswer, HugeAnswer, Redirect, Revoked, Broken, Gone}
}

// NewSite serves handler for as long as the test runs. The client of the site leaves no
// connection behind.
func NewSite(t testing.TB, handler http.Handler) *Site {
	s := &Site{handler: handler}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.led.Add(1)
		handler.ServeHTTP(w, r)
	}))
	stop := make(chan struct{})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		fault := s.fault
		s.mu.Unlock()
		s.answer(w, r, fault, elsewhere.URL, stop)
	}))
	t.Cleanup(func() {
		close(stop)
		s.Close()
		elsewhere.Close()
	})
	return s
}

// Fail lets every answer from now on be faulty; None mends it.
func (s *Site) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Led says whether anybody followed a redirect.
func (s *Site) Led() bool { return s.led.Load() > 0 }

func (s *Site) answer(w http.ResponseWriter, r *http.Request, fault Fault, elsewhere string, stop <-chan struct{}) {
	switch fault {
	case None:
		s.handler.ServeHTTP(w, r)
	case Silence:
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client go
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	case ServerError:
		w.WriteHeader(http.StatusBadGateway)
	case WrongAnswer:
		_, _ = io.WriteString(w, "<!doctype html><title>登录</title>")
	case HugeAnswer:
		chunk := bytes.Repeat([]byte{' '}, 1<<20)
		for range 256 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	case Redirect:
		http.Redirect(w, r, elsewhere+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	case Revoked:
		w.WriteHeader(http.StatusUnauthorized)
	case Broken: // in the middle of the request: half of it arrives
		half, _ := io.ReadAll(io.LimitReader(r.Body, r.ContentLength/2))
		cut := r.Clone(r.Context())
		cut.Body = io.NopCloser(bytes.NewReader(half))
		s.handler.ServeHTTP(httptest.NewRecorder(), cut)
		panic(http.ErrAbortHandler)
	case Gone: // the request is carried out, and the answer is lost
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}

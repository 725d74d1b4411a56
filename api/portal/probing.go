package portal

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// probeCount is how many missing things one client may ask for in a probeWindow
	// before somebody is told. A reader with an old bookmark stays far below it.
	probeCount  = 100
	probeWindow = time.Minute
	// probeClients bounds the memory; who comes when it is full is counted with all
	// the others who do.
	probeClients = 10_000
	// nobody is the number that no item has. Workers ask for it to see whether we answer,
	// before every release; that is no guess.
	nobody = "ready"
)

// probing counts who asks for what is not there: guessing at what is not yet public
// looks like this.
type probing struct {
	mu      sync.Mutex
	since   time.Time
	missing map[string]int // by network of the client
	misses  uint64
	alerts  uint64
}

// missed notes that something was not there. What was asked for is not kept: it is the
// guess of somebody, and may be right.
func (p *Portal) missed(c echo.Context) {
	client := network(c.RealIP())
	alert := p.probing.miss(client, p.options.Now(), probeCount)
	if alert {
		p.options.Logger.LogAttrs(c.Request().Context(), slog.LevelWarn, "portal: one client asks for many missing things",
			slog.String("client", client), slog.Int("missing", probeCount), slog.Duration("within", probeWindow))
	}
}

// miss counts for a client, and says whether that makes limit.
func (g *probing) miss(client string, now time.Time, limit int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.missing == nil || now.Sub(g.since) >= probeWindow || now.Before(g.since) {
		g.since, g.missing = now, map[string]int{}
	}
	if _, known := g.missing[client]; !known && len(g.missing) >= probeClients {
		client = "many"
	}
	g.misses++
	g.missing[client]++
	if g.missing[client] != limit {
		return false
	}
	g.alerts++
	return true
}

// network is whom an address belongs to: with IPv6 one client has a whole /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// Collectors count for the metrics.
func (p *Portal) Collectors() []prometheus.Collector {
	counter := func(name, help string, of *uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 {
			p.probing.mu.Lock()
			defer p.probing.mu.Unlock()
			return float64(*of)
		})
	}
	return []prometheus.Collector{
		counter("shenfa_portal_missing_total", "Requests to the portal for what is not there.", &p.probing.misses),
		counter("shenfa_portal_probing_total", "Times that one client asked for 100 missing things within a minute. Alert on any increase.", &p.probing.alerts),
	}
}

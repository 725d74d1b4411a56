package api

import (
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// metrics answers in the Prometheus text format. It is not public: how much waits to
// be released is nobody's business outside.
func (s *Server) metrics(c echo.Context) error {
	m, err := s.desk.Metrics(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	r := prometheus.NewRegistry()
	r.MustRegister(counted(m), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, own := range s.options.Collectors {
		r.MustRegister(own)
	}
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

// counted shows what was counted for one answer.
type counted desk.Metrics

var (
	statesDesc  = prometheus.NewDesc("shenfa_disclosures", "Disclosures by state.", []string{"state"}, nil)
	overdueDesc = prometheus.NewDesc("shenfa_overdue_disclosures", "Disclosures that should have been armed or released by now and are not. Alert above 0.", nil, nil)
	oldestDesc  = prometheus.NewDesc("shenfa_overdue_seconds", "How long the first of the overdue ones has been so.", nil, nil)
	unsentDesc  = prometheus.NewDesc("shenfa_unsent_effects", "Effects of push channels whose instant has passed and that have not gone out.", nil, nil)
	frozenDesc  = prometheus.NewDesc("shenfa_freezes", "Standing freezes.", nil, nil)
	openDesc    = prometheus.NewDesc("shenfa_incidents", "Open incidents: what was quarantined or recalled and is not dealt with.", nil, nil)
	lateDesc    = prometheus.NewDesc("shenfa_late_incidents", "Open incidents past their 24 hours. Alert above 0.", nil, nil)
	troubleDesc = prometheus.NewDesc("shenfa_troubles", "What would keep a release back, by kind. Alert above 0.", []string{"kind"}, nil)
	hubDesc     = prometheus.NewDesc("shenfa_hub_waiting_seconds", "For how long the WebSub hub has not known of the latest change on the portal. Alert above 60.", nil, nil)
	hubFailDesc = prometheus.NewDesc("shenfa_hub_failures", "Failures in a row to tell the WebSub hub.", nil, nil)
	ledgerDesc  = prometheus.NewDesc("shenfa_ledger_waiting_seconds", "Age of the oldest ledger row without a place.", nil, nil)
)

// Describe names all that is shown.
func (counted) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{statesDesc, overdueDesc, oldestDesc, unsentDesc, frozenDesc, openDesc, lateDesc, troubleDesc, hubDesc, hubFailDesc, ledgerDesc} {
		to <- d
	}
}

// Collect shows it. A state in which nothing is counts 0.
func (m counted) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range disclosure.States() {
		gauge(statesDesc, float64(m.States[string(s.ID)]), string(s.ID))
	}
	gauge(overdueDesc, float64(m.Overdue))
	gauge(oldestDesc, m.OldestOverdue.Seconds())
	gauge(unsentDesc, float64(m.Unsent))
	gauge(frozenDesc, float64(m.Frozen))
	gauge(openDesc, float64(m.Incidents))
	gauge(lateDesc, float64(m.LateIncidents))
	for kind, n := range m.Troubles {
		gauge(troubleDesc, float64(n), kind)
	}
	gauge(hubDesc, m.Hubs.Waiting.Seconds())
	gauge(hubFailDesc, float64(m.Hubs.Failures))
	gauge(ledgerDesc, m.LedgerWaiting.Seconds())
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	starts  = 3
	resting = 20 * time.Second
	p5Goal  = 1.3
)

// benchRest is P5: the default beside its own engine without us. They take turns.
func benchRest(t *testing.T, r *report) {
	var cold, warm, coldBare, warmBare []time.Duration
	var ours, theirs *process
	for range starts {
		dir, dirBare := dataDir(t), dataDir(t)
		stop(t, &ours)
		stop(t, &theirs)
		for _, x := range []struct{ own, bare *[]time.Duration }{{&cold, &coldBare}, {&warm, &warmBare}} {
			stop(t, &ours)
			var took time.Duration
			ours, took = startEmbedded(t, dir)
			*x.own = append(*x.own, took)
			stop(t, &ours)
			theirs, took = startEngine(t, dirBare)
			*x.bare = append(*x.bare, took)
			stop(t, &theirs)
		}
		ours, _ = startEmbedded(t, dir)
		theirs, _ = startEngine(t, dirBare)
	}
	for _, x := range []struct {
		what      string
		own, bare []time.Duration
	}{{"cold start to ready, empty directory", cold, coldBare}, {"warm start to ready", warm, warmBare}} {
		a, b := spreadOf(x.own).at(0.5), spreadOf(x.bare).at(0.5)
		r.add(rest(x.what+fmt.Sprintf(" (median of %d)", starts), show(a), show(b), ratio(a, b)))
	}

	time.Sleep(resting / 2) // what a start leaves behind
	before, beforeBare := usageOf(ours.cmd.Process.Pid), usageOf(theirs.cmd.Process.Pid)
	time.Sleep(resting)
	cpu, cpuBare := usageOf(ours.cmd.Process.Pid).minus(before), usageOf(theirs.cmd.Process.Pid).minus(beforeBare)
	mem, memBare := memoryOf(ours.cmd.Process.Pid), memoryOf(theirs.cmd.Process.Pid)
	r.add(rest("memory at rest: process and PostgreSQL, proportional", mem.String(), memBare.String(), float64(mem.process+mem.postgres)/float64(memBare.process+memBare.postgres)))
	percent := func(u usage) string {
		share := func(d time.Duration) float64 { return 100 * d.Seconds() / resting.Seconds() }
		return fmt.Sprintf("%.1f %% of a core (process %.1f, PostgreSQL %.1f)", share(u.process+u.postgres), share(u.process), share(u.postgres))
	}
	r.add(rest(fmt.Sprintf("CPU at rest, over %s", resting), percent(cpu), percent(cpuBare), ratio(cpu.process+cpu.postgres, cpuBare.process+cpuBare.postgres)))
	stop(t, &ours)
	stop(t, &theirs)
}

func rest(what, ours, theirs string, quotient float64) row {
	return row{
		code: "P5", what: what, ours: ours, baseline: "`serve --engine-only`: " + theirs, ratio: quotient,
		goal: fmt.Sprintf("≤ %.1f ×", p5Goal), met: met(quotient <= p5Goal),
	}
}

func stop(t *testing.T, p **process) {
	t.Helper()
	if *p != nil {
		_ = (*p).interrupt()
		*p = nil
	}
}

func startEmbedded(t *testing.T, dir string) (*process, time.Duration) {
	t.Helper()
	_, err := binary()
	require.NoError(t, err)
	addr := freePort(t)
	begin := time.Now()
	s := &server{process: spawn(t, "serve", "--data", dir, "--listen", addr), base: "http://" + addr}
	s.awaitReady(2 * time.Minute)
	return s.process, time.Since(begin)
}

func startEngine(t *testing.T, dir string) (*process, time.Duration) {
	t.Helper()
	connect := filepath.Join(dir, "client", "connect.json")
	_ = os.Remove(connect)
	begin := time.Now()
	p := spawn(t, "serve", "--data", dir, "--engine-only")
	require.Eventually(t, func() bool {
		_, err := os.Stat(connect)
		return err == nil
	}, 2*time.Minute, 20*time.Millisecond)
	return p, time.Since(begin)
}

// usage is CPU time, by who used it.
type usage struct {
	process  time.Duration // shenfa's own, or the engine's
	postgres time.Duration // its children
	api      time.Duration
	worker   time.Duration
	client   time.Duration // who measures, with the worker of the baseline
}

func (u usage) plus(v usage) usage {
	return usage{u.process + v.process, u.postgres + v.postgres, u.api + v.api, u.worker + v.worker, u.client + v.client}
}

func (u usage) minus(v usage) usage {
	return u.plus(usage{-v.process, -v.postgres, -v.api, -v.worker, -v.client})
}

func (u usage) each(n float64) string {
	ms := func(d time.Duration) float64 { return float64(d.Milliseconds()) / n }
	return fmt.Sprintf("%.0f ms (Temporal %.0f, PostgreSQL %.0f, API %.0f, worker %.0f, client %.0f)",
		ms(u.process+u.postgres+u.api+u.worker+u.client), ms(u.process), ms(u.postgres), ms(u.api), ms(u.worker), ms(u.client))
}

// usage is what every part has used so far.
func (b *bureau) usage() usage {
	u := usageOf(b.engine.cmd.Process.Pid)
	u.api, u.worker = usageOf(b.process.cmd.Process.Pid).process, usageOf(b.worker.cmd.Process.Pid).process
	var self syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &self) == nil {
		u.client = time.Duration(self.Utime.Nano() + self.Stime.Nano())
	}
	return u
}

// usageOf is the CPU time of a process and its children.
func usageOf(pid int) (u usage) {
	u.process = cpuOf(pid, false)
	for _, child := range descendants(pid) {
		u.postgres += cpuOf(child, true)
	}
	return u
}

// tick is the kernel's unit for CPU time in /proc.
const tick = 10 * time.Millisecond

// cpuOf is the CPU time of a process, with that of the children it has seen end if
// asked for.
func cpuOf(pid int, reaped bool) time.Duration {
	f := stat(pid)
	if len(f) < 15 {
		return 0
	}
	last := 13 // utime and stime, and then those of reaped children
	if reaped {
		last = 15
	}
	var sum time.Duration
	for _, v := range f[11:last] {
		n, _ := strconv.ParseInt(v, 10, 64)
		sum += time.Duration(n) * tick
	}
	return sum
}

// stat are the fields of /proc/PID/stat after the name, beginning with the state.
func stat(pid int) []string {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
}

// descendants are the children of a process and theirs.
func descendants(pid int) (all []int) {
	entries, _ := os.ReadDir("/proc")
	children := map[int][]int{}
	for _, e := range entries {
		if child, err := strconv.Atoi(e.Name()); err == nil {
			if f := stat(child); len(f) > 1 {
				parent, _ := strconv.Atoi(f[1])
				children[parent] = append(children[parent], child)
			}
		}
	}
	for next := children[pid]; len(next) > 0; next = next[1:] {
		all = append(all, next[0])
		next = append(next, children[next[0]]...)
	}
	return all
}

// memory is in bytes, shared pages counted in proportion.
type memory struct{ process, postgres int64 }

func (m memory) String() string {
	return fmt.Sprintf("%d MiB (process %d, PostgreSQL %d)", (m.process+m.postgres)>>20, m.process>>20, m.postgres>>20)
}

func memoryOf(pid int) (m memory) {
	m.process = pss(pid)
	for _, child := range descendants(pid) {
		m.postgres += pss(child)
	}
	return m
}

func pss(pid int) int64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for l := range strings.Lines(string(raw)) {
		var kib int64
		if n, _ := fmt.Sscanf(l, "Pss: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}

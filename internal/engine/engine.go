// Package engine runs a private PostgreSQL and a Temporal server inside one
// process, for a product that is installed as a single binary. Linux only.
//
// Nothing but this process can reach the database: it listens on a unix socket
// in a directory closed to others and asks for a password. Temporal listens on
// four loopback ports, all of which demand a certificate that only this process
// can issue. What the application puts into a workflow is encrypted before it
// leaves the SDK. Imported by cmd and by integration tests alone.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"

	"shenfa/internal/vault"
)

const (
	defaultNamespace      = "shenfa"
	defaultRetention      = 72 * time.Hour
	defaultAppConnections = 32

	healthPatience = 5 * time.Second
)

// Options say where the engine lives and how it behaves. Only Dir is required.
type Options struct {
	Dir       string        // must be reachable by the postgres user if we are root
	Namespace string        // of Temporal, default "shenfa"
	Retention time.Duration // of closed workflows, default 72 h, fixed at first start

	// FrontendPort is the loopback port for clients in other processes of this
	// machine, which have to know it. By default any free port is taken.
	FrontendPort int

	// AppConnections is how many database connections the product may hold in
	// all its processes together, default 32. Temporal's own come on top.
	AppConnections int

	// Vault seals what goes into workflows. If nil, one is kept in Dir/keys,
	// beside the data it protects: that guards copies of the database and not
	// copies of Dir.
	Vault *vault.Vault

	Logger *slog.Logger         // of the server's errors, default: text on standard error
	SDKLog io.Writer            // of clients and workers, default: standard error
	Faults config.FaultInjector // for tests: an error to return from a call to a store
}

func (o Options) withDefaults() Options {
	if o.Namespace == "" {
		o.Namespace = defaultNamespace
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.AppConnections == 0 {
		o.AppConnections = defaultAppConnections
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if o.SDKLog == nil {
		o.SDKLog = os.Stderr
	}
	return o
}

// Engine is a running server.
type Engine struct {
	namespace string
	vault     *vault.Vault
	sdkLog    io.Writer

	lock      *os.File
	passwords passwords
	postgres  *postgres
	pki       *pki
	server    temporal.Server
	serverLog *serverLog
	addrs     map[primitives.ServiceName]string

	probe    *sql.DB       // of Healthy
	watcher  client.Client // of Healthy
	stopOnce func() error
}

// Start brings everything up and returns when workflows can be started. The
// caller must call Stop, also when it gives up early; on error nothing is left.
func Start(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	e := &Engine{namespace: o.Namespace, vault: o.Vault, sdkLog: o.SDKLog, serverLog: newServerLog(o.Logger)}
	e.stopOnce = sync.OnceValue(e.shutdown)
	if err := e.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("engine: %w", err), e.Stop())
	}
	return e, nil
}

func (e *Engine) start(ctx context.Context, o Options) error {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	if e.lock, err = lockDir(dir); err != nil {
		return err
	}
	if err := e.openKeys(dir); err != nil {
		return err
	}
	e.postgres, err = startPostgres(ctx, dir, e.passwords[superuser], temporalConnections+o.AppConnections)
	if err != nil {
		return err
	}
	if err := prepareDatabase(ctx, e.postgres, e.passwords); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	server, addrs, err := newTemporal(temporalOptions{
		socket: e.postgres.socket, password: e.passwords[temporalRole], port: o.FrontendPort,
		pki: e.pki, namespace: e.namespace, logger: e.serverLog, faults: o.Faults,
	})
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	e.server, e.addrs = server, addrs
	if err := e.registerNamespace(ctx, o.Retention); err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	if err := e.openProbes(); err != nil {
		return err
	}
	e.serverLog.settle(true)
	return nil
}

// openKeys reads passwords, authorities and the vault, or makes them on first
// use. A cluster whose keys have been lost is refused: fresh ones would not open
// it, and would stand in the way of the right ones.
func (e *Engine) openKeys(dir string) error {
	keys := filepath.Join(dir, "keys")
	if err := vault.PrepareDir(keys); err != nil {
		return err
	}
	_, cluster := os.Stat(filepath.Join(dir, "postgres", "PG_VERSION"))
	_, password := os.Stat(filepath.Join(keys, string(superuser)+".password"))
	if cluster == nil && errors.Is(password, fs.ErrNotExist) {
		return fmt.Errorf("%s has a database and %s has no keys for it: restore them from the backup of the keys", dir, keys)
	}
	var err error
	if e.passwords, err = loadPasswords(keys); err != nil {
		return err
	}
	if e.pki, err = loadPKI(keys); err != nil {
		return err
	}
	if e.vault == nil {
		e.vault, err = vault.Open(keys)
	}
	return err
}

// lockDir keeps two engines from the same directory. The kernel drops the lock
// with the process, however that ends.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	// Others may pass through, for postgres is another user; they cannot list.
	// Chmod because a strict umask would lock postgres out.
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		if err := os.Chmod(dir, 0o711); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is in use by another engine: %w", dir, err), f.Close())
	}
	return f, nil
}

// registerNamespace acts as the system: the application may not do it.
func (e *Engine) registerNamespace(ctx context.Context, retention time.Duration) error {
	tlsConfig, err := e.pki.clientConfig(e.pki.system)
	if err != nil {
		return err
	}
	c, err := client.NewNamespaceClient(client.Options{
		HostPort:          e.FrontendAddr(),
		ConnectionOptions: client.ConnectionOptions{TLS: tlsConfig},
	})
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.Register(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: e.namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if exists := (*serviceerror.NamespaceAlreadyExists)(nil); errors.As(err, &exists) {
		return nil
	}
	return err
}

// DatabaseURL reaches the database as the owner of the product's schema, which
// migrations need. Everything else uses AppDatabaseURL. Both carry a password,
// and suit lib/pq as well as psql and pg_dump.
func (e *Engine) DatabaseURL() string {
	return e.postgres.url(ownerRole, e.passwords[ownerRole], database)
}

// AppDatabaseURL reaches the database with the rights of the application: the
// grants that migrations make in the product's schema, and nothing else.
func (e *Engine) AppDatabaseURL() string {
	return e.postgres.url(appRole, e.passwords[appRole], database)
}

// FrontendAddr is the loopback host:port of Temporal's frontend.
func (e *Engine) FrontendAddr() string { return e.addrs[primitives.FrontendService] }

func (e *Engine) openProbes() (err error) {
	if e.probe, err = sql.Open("postgres", e.AppDatabaseURL()); err != nil {
		return err
	}
	e.probe.SetMaxOpenConns(1)
	e.watcher, err = e.Dial()
	return err
}

// Healthy asks each part for a sign of life, for at most 5 s, and maps its name to
// nil or to what is wrong: "postgres" must answer a query of the application,
// "temporal" must read the namespace from its store.
func (e *Engine) Healthy(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	_, queryErr := e.probe.ExecContext(ctx, "SELECT 1")
	_, describeErr := e.watcher.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: e.namespace})
	return map[string]error{"postgres": queryErr, "temporal": describeErr}
}

// Done is closed when the database has gone, for instance by the hand of the
// OOM killer. The engine does not start it again: the process should end and be
// started anew by whoever watches it.
func (e *Engine) Done() <-chan struct{} { return e.postgres.done }

// Stop ends Temporal, then PostgreSQL, and tells how that went; again if called
// again. Workers and clients must be closed before.
func (e *Engine) Stop() error { return e.stopOnce() }

func (e *Engine) shutdown() error {
	e.serverLog.settle(false)
	var errs []error
	if e.watcher != nil {
		e.watcher.Close()
	}
	if e.probe != nil {
		errs = append(errs, e.probe.Close())
	}
	if e.server != nil {
		errs = append(errs, e.server.Stop())
	}
	if e.postgres != nil {
		errs = append(errs, e.postgres.stop())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}

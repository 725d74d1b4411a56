package engine

import (
	"context"
	"crypto/x509"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/primitives"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// TestS2_StrangersOnThisMachineAreRefused is not parallel: it looks at every port
// of this process.
func TestS2_StrangersOnThisMachineAreRefused(t *testing.T) {
	dir := newDir(t)
	e := start(t, Options{Dir: dir})
	defer stop(t, e)

	t.Run("on every port", func(t *testing.T) { requirePortsRefuse(t, e) })
	t.Run("beyond the rights of their certificate", func(t *testing.T) { requireRights(t, e) })
	t.Run("on the socket", func(t *testing.T) { requireSocketRefuses(t, e) })
	t.Run("and nothing else is open", func(t *testing.T) {
		var want []string
		for _, addr := range e.addrs {
			want = append(want, addr)
		}
		slices.Sort(want)
		require.Equal(t, want, listening(t, os.Getpid()))
		require.Empty(t, listening(t, e.postgres.process.Pid))
		require.NoError(t, filepath.WalkDir(filepath.Join(dir, "keys"), func(path string, _ fs.DirEntry, err error) error {
			require.NoError(t, err)
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Zero(t, info.Mode().Perm()&0o077, "%s has mode %v", path, info.Mode())
			return nil
		}))
	})
}

func requirePortsRefuse(t *testing.T, e *Engine) {
	system, err := e.pki.clientConfig(e.pki.system)
	require.NoError(t, err)
	app, err := e.pki.clientConfig(e.pki.app)
	require.NoError(t, err)
	bare := system.Clone()
	bare.Certificates = nil
	// A stranger makes authorities with our names and certificates with our subjects.
	stranger := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.Mkdir(stranger, 0o700))
	theirs, err := loadPKI(stranger)
	require.NoError(t, err)
	foreign, err := theirs.clientConfig(theirs.system)
	require.NoError(t, err)
	foreign.RootCAs = system.RootCAs
	blind := foreign.Clone()
	blind.RootCAs, blind.InsecureSkipVerify = nil, true

	for _, caller := range []struct {
		name    string
		creds   credentials.TransportCredentials
		allowed []primitives.ServiceName
	}{
		{"clear text", insecure.NewCredentials(), nil},
		{"no certificate", credentials.NewTLS(bare), nil},
		{"foreign certificate", credentials.NewTLS(foreign), nil},
		{"foreign certificate, server not verified", credentials.NewTLS(blind), nil},
		{"application", credentials.NewTLS(app), services[:1]},
		{"system", credentials.NewTLS(system), services},
	} {
		for _, service := range services {
			err := ping(t.Context(), e.addrs[service], caller.creds)
			require.Equal(t, slices.Contains(caller.allowed, service), err == nil, "%s calls %s: %v", caller.name, service, err)
		}
	}
}

func ping(ctx context.Context, addr string, creds credentials.TransportCredentials) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(creds))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	_, err = grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if status.Code(err) == codes.NotFound {
		return nil // the server has answered: it does not know a service without a name
	}
	return err
}

func requireRights(t *testing.T, e *Engine) {
	nothing := map[string]codes.Code{
		"own": codes.PermissionDenied, "other": codes.PermissionDenied, "cluster": codes.PermissionDenied, "operator": codes.PermissionDenied,
	}
	for _, caller := range []struct {
		name    string
		issuer  *authority
		subject string
		want    map[string]codes.Code
	}{
		{"application", e.pki.appCA, appSubject, map[string]codes.Code{
			"own": codes.OK, "other": codes.PermissionDenied, "cluster": codes.PermissionDenied, "operator": codes.PermissionDenied,
		}},
		{"application that calls itself the system", e.pki.appCA, systemSubject, nothing},
		{"unknown subject", e.pki.appCA, "somebody", nothing},
		{"system", e.pki.nodeCA, systemSubject, map[string]codes.Code{
			"own": codes.OK, "other": codes.OK, "cluster": codes.OK, "operator": codes.OK,
		}},
	} {
		id, err := caller.issuer.issue(caller.subject, x509.ExtKeyUsageClientAuth)
		require.NoError(t, err)
		tlsConfig, err := e.pki.clientConfig(id)
		require.NoError(t, err)
		conn, err := grpc.NewClient(e.FrontendAddr(), grpc.WithTransportCredentials(credentials.NewTLS(tlsConfig)))
		require.NoError(t, err)
		defer conn.Close()
		frontend, operator := workflowservice.NewWorkflowServiceClient(conn), operatorservice.NewOperatorServiceClient(conn)
		describe := func(namespace string) error {
			_, err := frontend.DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
			return err
		}
		_, cluster := frontend.ListNamespaces(t.Context(), &workflowservice.ListNamespacesRequest{})
		_, operate := operator.ListClusters(t.Context(), &operatorservice.ListClustersRequest{})
		got := map[string]codes.Code{
			"own": status.Code(describe(defaultNamespace)), "other": status.Code(describe("temporal-system")),
			"cluster": status.Code(cluster), "operator": status.Code(operate),
		}
		require.Equal(t, caller.want, got, caller.name)
	}
}

func requireSocketRefuses(t *testing.T, e *Engine) {
	for _, r := range []role{superuser, temporalRole, ownerRole, appRole} {
		require.Equal(t, "28P01", sqlState(query(t, e.postgres.url(r, "wrong", database), "SELECT 1")), r)
	}
	if os.Geteuid() != 0 {
		return
	}
	// Another user does not even reach the socket, with the right password.
	cmd := exec.Command("psql", e.postgres.url(superuser, e.postgres.password, database))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "Permission denied")
}

// listening reads from the kernel on which TCP addresses a process listens.
func listening(t testing.TB, pid int) []string {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	require.NoError(t, err)
	own := map[string]bool{}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, "socket:[") {
			own[strings.Trim(target[len("socket:"):], "[]")] = true
		}
	}
	var addrs []string
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if errors.Is(err, fs.ErrNotExist) && table == "tcp6" {
			continue // a kernel without IPv6
		}
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != "0A" || !own[f[9]] {
				continue
			}
			host, port, _ := strings.Cut(f[1], ":")
			ip, err := hex.DecodeString(host)
			require.NoError(t, err)
			slices.Reverse(ip)
			n, err := strconv.ParseUint(port, 16, 16)
			require.NoError(t, err)
			addrs = append(addrs, net.JoinHostPort(net.IP(ip).String(), strconv.FormatUint(n, 10)))
		}
	}
	slices.Sort(addrs)
	return addrs
}

func TestRolesReachTheirOwnSchemaOnly(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	e := start(t, Options{Dir: dir})
	defer func() { stop(t, e) }()
	const denied = "42501"
	owner, app := e.DatabaseURL(), e.AppDatabaseURL()
	engine := e.postgres.url(temporalRole, e.passwords[temporalRole], database)

	for _, c := range []struct {
		name, as, query, state string
	}{
		// As migrations do it.
		{"owner makes a table", owner, `CREATE TABLE entries (id int PRIMARY KEY, body text)`, ""},
		{"owner makes another", owner, `CREATE TABLE hidden (id int)`, ""},
		{"owner makes a trusted extension", owner, `CREATE EXTENSION pg_trgm`, ""},
		{"owner makes the log append-only", owner, `GRANT SELECT, INSERT ON entries TO shenfa_app`, ""},

		{"app appends", app, `INSERT INTO entries VALUES (1, 'one')`, ""},
		{"app reads", app, `SELECT * FROM shenfa.entries`, ""},
		{"app rewrites", app, `UPDATE entries SET body = 'two'`, denied},
		{"app deletes", app, `DELETE FROM entries`, denied},
		{"app truncates", app, `TRUNCATE entries`, denied},
		{"app reads without a grant", app, `SELECT * FROM hidden`, denied},
		{"app disables triggers", app, `ALTER TABLE entries DISABLE TRIGGER ALL`, denied},
		{"app disables triggers for itself", app, `SET session_replication_role = replica`, denied},
		{"app becomes the owner", app, `SET ROLE shenfa_owner`, denied},
		{"app makes a table", app, `CREATE TABLE mine (id int)`, denied},
		{"app makes a temporary table", app, `CREATE TEMP TABLE entries (id int)`, denied},
		{"app makes a schema", app, `CREATE SCHEMA mine`, denied},
		{"app uses public", app, `CREATE TABLE public.mine (id int)`, denied},
		{"app reads histories", app, `SELECT * FROM temporal.history_node`, denied},
		{"app reads visibility", app, `SELECT * FROM temporal_visibility.executions_visibility`, denied},
		{"app reads files", app, `SELECT pg_read_file('PG_VERSION')`, denied},
		{"app runs programs", app, `COPY shenfa.entries FROM PROGRAM 'true'`, denied},
		{"owner reads histories", owner, `SELECT * FROM temporal.history_node`, denied},
		{"temporal reads entries", engine, `SELECT * FROM shenfa.entries`, denied},
		{"app in another database", e.postgres.url(appRole, e.passwords[appRole], "postgres"), `SELECT pg_read_file('PG_VERSION')`, denied},
	} {
		err := query(t, c.as, c.query)
		require.Equal(t, c.state, sqlState(err), "%s: %v", c.name, err)
	}
	for name, want := range map[string]string{
		"search_path": "shenfa", "TimeZone": "UTC", "idle_in_transaction_session_timeout": "1min", "server_encoding": "UTF8",
	} {
		require.Equal(t, want, setting(t, app, name))
	}

	// A password is replaced by removing its file.
	stop(t, e)
	require.NoError(t, os.Remove(filepath.Join(dir, "keys", "shenfa_app.password")))
	e = start(t, Options{Dir: dir})
	require.Equal(t, "28P01", sqlState(query(t, app, "SELECT 1")))
	require.NoError(t, query(t, e.AppDatabaseURL(), "SELECT * FROM entries"))
}

func query(t testing.TB, url, statement string) error {
	t.Helper()
	db, err := sql.Open("postgres", url)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	return err
}

func setting(t testing.TB, url, name string) (value string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), "SHOW "+name).Scan(&value))
	return value
}

// sqlState is empty for no error.
func sqlState(err error) string {
	var pqErr *pq.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pqErr):
		return string(pqErr.Code)
	}
	return err.Error()
}

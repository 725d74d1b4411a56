package engine

import (
	"fmt"
	"net"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
)

const (
	// shards is written into the database at first start and can never change.
	shards = 32

	// Each service opens a pool of maxConns for each of two stores, and three
	// services do.
	maxConns            = 6
	temporalConnections = 3 * 2 * maxConns
)

var services = []primitives.ServiceName{
	primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
}

// sqlConfig reaches the database by its socket. lib/pq takes host from the query
// part of the URL when the authority part is empty, so ConnectAddr must be.
// Port is given because lib/pq would otherwise believe PGPORT.
func sqlConfig(socket, password, schemaName string) *config.SQL {
	return &config.SQL{
		PluginName: postgresql.PluginName, ConnectProtocol: "unix", ConnectAddr: "",
		User: string(temporalRole), Password: password, DatabaseName: database,
		ConnectAttributes: map[string]string{"host": socket, "port": pgPort, "search_path": schemaName},
		MaxConns:          maxConns, MaxIdleConns: maxConns, MaxConnLifetime: time.Hour,
	}
}

// migrate brings both stores to the schema of this server version. The SQL is
// embedded in the server module.
func migrate(conf *config.Config, logger log.Logger) error {
	for store, dir := range map[string]string{
		conf.Persistence.DefaultStore:    "postgresql/v12/temporal",
		conf.Persistence.VisibilityStore: "postgresql/v12/visibility",
	} {
		if err := migrateStore(conf.Persistence.DataStores[store].SQL, dir, logger); err != nil {
			return fmt.Errorf("schema %s: %w", dir, err)
		}
	}
	return nil
}

func migrateStore(store *config.SQL, dir string, logger log.Logger) error {
	conn, err := sqltool.NewConnection(store, logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ReadSchemaVersion(); err != nil {
		if err := schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, logger).Run(); err != nil {
			return err
		}
	}
	return schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{SchemaName: dir}, logger).Run()
}

// freeAddrs reserves n loopback ports and lets them go again. The first is as
// asked for, unless that is 0. Somebody may take one before Temporal does; then
// Temporal exits the process, and nobody who listens there instead can present a
// certificate of our authority.
func freeAddrs(n, first int) ([]*net.TCPAddr, error) {
	addrs := make([]*net.TCPAddr, n)
	for i := range addrs {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: first})
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at the end, or the same port could come twice
		addrs[i], first = l.Addr().(*net.TCPAddr), 0
	}
	return addrs, nil
}

type temporalOptions struct {
	socket, password string
	port             int // of the frontend, 0 for any
	pki              *pki
	namespace        string
	logger           log.Logger
	faults           config.FaultInjector
}

// newTemporal configures frontend, history, matching and worker in this process
// and returns the server, not yet started, with the address of each service.
func newTemporal(o temporalOptions) (temporal.Server, map[primitives.ServiceName]string, error) {
	free, err := freeAddrs(len(services), o.port)
	if err != nil {
		return nil, nil, err
	}
	var (
		conf  config.Config
		addrs = map[primitives.ServiceName]string{}
		hosts = map[primitives.ServiceName]static.Hosts{}
	)
	conf.Services = map[string]config.Service{}
	for i, s := range services {
		addrs[s] = free[i].String()
		hosts[s] = static.SingleLocalHost(addrs[s])
		conf.Services[string(s)] = config.Service{RPC: config.RPC{GRPCPort: free[i].Port, BindOnIP: "127.0.0.1"}}
	}
	conf.Global.TLS = o.pki.serverConfig()
	conf.Global.Membership.MaxJoinDuration = 30 * time.Second
	conf.Global.Membership.BroadcastAddress = "127.0.0.1"
	conf.Persistence = config.Persistence{
		DefaultStore: "main", VisibilityStore: "visibility", NumHistoryShards: shards,
		DataStores: map[string]config.DataStore{
			"main":       {SQL: sqlConfig(o.socket, o.password, mainSchema)},
			"visibility": {SQL: sqlConfig(o.socket, o.password, visibilitySchema)},
		},
	}
	if o.faults != nil {
		// Temporal wraps every store of "main" and asks before each call. The
		// visibility store cannot be wrapped.
		main := conf.Persistence.DataStores["main"]
		main.FaultInjection = &config.FaultInjection{Injector: o.faults}
		conf.Persistence.DataStores["main"] = main
	}
	conf.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
		ClusterInformation: map[string]cluster.ClusterInformation{
			"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: addrs[primitives.FrontendService]},
		},
	}
	conf.DCRedirectionPolicy.Policy = "noop"
	conf.Archival.History.State, conf.Archival.Visibility.State = "disabled", "disabled"
	conf.NamespaceDefaults.Archival.History.State = "disabled"
	conf.NamespaceDefaults.Archival.Visibility.State = "disabled"
	conf.PublicClient.HostPort = addrs[primitives.FrontendService] // the system workers' way in

	if err := migrate(&conf, o.logger); err != nil {
		return nil, nil, err
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(&conf),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(o.logger),
		temporal.WithAuthorizer(authorization.NewDefaultAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return claimMapper{node: o.pki.nodeCA.cert, app: o.pki.appCA.cert, namespace: o.namespace}
		}),
		temporal.WithDynamicConfigClient(smallMachine()),
	)
	return server, addrs, err
}

// smallMachine departs from Temporal's defaults, which suit a cluster.
//
// Nothing here is known to help a crowded second. 600 timers due at once took 22 to
// 41 s on two busy cores; 512 workers a queue, five times the polls and all of
// Temporal's defaults lay within what two runs of one setting differed by.
// Punctuality must not hang on a timer an item.
func smallMachine() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// Without this the frontend tells a server on the Internet about us.
		dynamicconfig.EnableServerVersionCheck.Key(): false,

		// By default the caches may grow to 128,000 entries and 256 MiB of events.
		dynamicconfig.HistoryCacheSizeBasedLimit.Key():        true,
		dynamicconfig.HistoryCacheHostLevelMaxSizeBytes.Key(): 64 << 20,
		dynamicconfig.EventsHostLevelCacheMaxSizeBytes.Key():  32 << 20,

		// Each queue has 512 workers by default, all after the same few connections.
		dynamicconfig.TransferProcessorSchedulerWorkerCount.Key():   64,
		dynamicconfig.TimerProcessorSchedulerWorkerCount.Key():      64,
		dynamicconfig.VisibilityProcessorSchedulerWorkerCount.Key(): 16,

		// Partitions spread a task queue over machines; with one machine they only
		// add forwarding and polling.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// List and Count: enough for an operator, too little to hurt.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 20,
		dynamicconfig.VisibilityPersistenceMaxReadQPS.Key():              50,

		// Batch operations could terminate every workflow in one call.
		dynamicconfig.FrontendEnableBatcher.Key():  false,
		dynamicconfig.EnableBatcherNamespace.Key(): false,

		// Histories say who did what by certificate, not by the caller's own word.
		dynamicconfig.EnablePrincipalPropagation.Key(): true,
	}
}

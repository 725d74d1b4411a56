package store

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// preparer connects sessions that prepare each statement once and keep its plan.
// Without it lib/pq has every statement parsed and planned each time, which costs
// more than running it.
type preparer struct{ *pq.Connector }

func newPreparer(dsn string) (preparer, error) {
	c, err := pq.NewConnector(dsn)
	return preparer{c}, err
}

// Connect opens a session.
func (p preparer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := conn.(session)
	if !ok {
		return nil, fmt.Errorf("%T is not a whole session", conn)
	}
	return &preparing{session: s, known: map[string]statement{}}, nil
}

// session is what lib/pq's connection can do; all of it has to shine through.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparing is used by one goroutine at a time, as every driver.Conn.
type preparing struct {
	session
	known map[string]statement // by text; ours are constants, so it stays small
}

func (p *preparing) statement(ctx context.Context, query string) (statement, error) {
	if st, ok := p.known[query]; ok {
		return st, nil
	}
	prepared, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	st, ok := prepared.(statement)
	if !ok {
		return nil, fmt.Errorf("%T is not a whole statement", prepared)
	}
	p.known[query] = st
	return st, nil
}

// check drops a statement when PostgreSQL says that its tables were altered since.
func (p *preparing) check(query string, err error) {
	if st, known := p.known[query]; known && pq.As(err, pqerror.FeatureNotSupported) != nil {
		_ = st.Close()
		delete(p.known, query)
	}
}

// QueryContext prepares what has arguments, the first time.
func (p *preparing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		return p.session.QueryContext(ctx, query, args)
	}
	st, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args)
	p.check(query, err)
	return rows, err
}

// ExecContext prepares what has arguments, the first time.
func (p *preparing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return p.session.ExecContext(ctx, query, args)
	}
	st, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := st.ExecContext(ctx, args)
	p.check(query, err)
	return res, err
}

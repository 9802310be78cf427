package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	// nodeTimeout is what one of several nodes is given to answer, greet and say that it is well.
	nodeTimeout = 1500 * time.Millisecond
	// passOver is how long a node that failed is tried last.
	passOver = 5 * time.Second
)

// connector makes connections to the first of several nodes that is well. All replicas have the nodes
// in the same order, so that they write to the same one: conflicts between nodes then nearly vanish.
type connector struct {
	nodes []*node
	now   func() time.Time
}

// node is one server and what is known of its health.
type node struct {
	addr   string
	dialer driver.Connector
	// avoidUntil is the time in Unix nanoseconds before which others go first.
	avoidUntil atomic.Int64
	// faults counts the times it failed: connections made before the last one are thrown away, since
	// a connection that once said 1047 keeps saying it.
	faults atomic.Int64
}

func newConnector(target Target, o options, session map[string]string) (*connector, error) {
	c := &connector{now: time.Now}
	for _, host := range target.Hosts {
		cfg := mysqlConfig(target, o, session)
		cfg.Net, cfg.Addr = "tcp", host
		if path, ok := strings.CutPrefix(host, "unix("); ok {
			cfg.Net, cfg.Addr = "unix", strings.TrimSuffix(path, ")")
		}
		dialer, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, fmt.Errorf("cannot open the database %s: %w", target, err)
		}
		c.nodes = append(c.nodes, &node{addr: host, dialer: dialer})
	}
	return c, nil
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return mysql.MySQLDriver{} }

// Connect implements driver.Connector: the nodes in order, those that failed of late last.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	var failed connectError
	for _, n := range c.inOrder() {
		faults := n.faults.Load()
		raw, err := c.connectTo(ctx, n)
		if err == nil {
			return &conn{fullConn: raw, owner: c, node: n, faults: faults}, nil
		}
		if ctx.Err() != nil { // the caller ran out of time: nothing is known of the node
			return nil, ctx.Err()
		}
		c.avoid(n)
		failed = append(failed, nodeError{n.addr, err})
	}
	if failed.transient() {
		return nil, notDone{failed}
	}
	return nil, failed
}

func (c *connector) inOrder() []*node {
	if len(c.nodes) == 1 {
		return c.nodes
	}
	now := c.now().UnixNano()
	out := make([]*node, 0, len(c.nodes))
	for _, avoided := range []bool{false, true} {
		for _, n := range c.nodes {
			if (n.avoidUntil.Load() > now) == avoided {
				out = append(out, n)
			}
		}
	}
	return out
}

func (c *connector) avoid(n *node) { n.avoidUntil.Store(c.now().Add(passOver).UnixNano()) }

// connectTo connects to one node and makes sure that it can serve.
func (c *connector) connectTo(ctx context.Context, n *node) (fullConn, error) {
	if len(c.nodes) > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, nodeTimeout)
		defer cancel()
	}
	made, err := n.dialer.Connect(ctx)
	if err != nil {
		return nil, err
	}
	raw, ok := made.(fullConn)
	if !ok {
		made.Close()
		return nil, errors.New("the MySQL driver's connection lacks a method it used to have")
	}
	if err := ready(ctx, raw); err != nil {
		raw.Close()
		return nil, err
	}
	return raw, nil
}

var errNotReady = errors.New("the node is up but not ready to serve (wsrep_ready is off)")

// ready asks a Galera node whether it belongs to the part of the cluster that has the quorum. Other
// servers have nothing to say about it and are ready.
func ready(ctx context.Context, c driver.QueryerContext) error {
	const question = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_provider_name', 'wsrep_ready')"
	rows, err := c.QueryContext(ctx, question, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	status := map[string]string{}
	for line := make([]driver.Value, len(rows.Columns())); ; {
		switch err := rows.Next(line); {
		case errors.Is(err, io.EOF):
			if status["wsrep_provider_name"] != "" && !strings.EqualFold(status["wsrep_ready"], "ON") {
				return errNotReady
			}
			return nil
		case err != nil:
			return err
		case len(line) == 2:
			status[fmt.Sprintf("%s", line[0])] = fmt.Sprintf("%s", line[1])
		}
	}
}

// fullConn is all that the MySQL driver's connection can do: to hide any of it from database/sql would
// cost round trips or contexts.
type fullConn interface {
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

// conn watches what the node answers and leaves the pool when the node, or its own state, is bad.
type conn struct {
	fullConn
	owner  *connector
	node   *node
	faults int64 // of the node when this connection was made
	bad    bool  // used by one goroutine at a time, as database/sql promises
}

// look draws conclusions from an answer and returns it unchanged.
func (c *conn) look(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	switch mysqlNumber(err) {
	case erUnknownCommand, erShutdown, erErrorDuringCommit, erOptionPrevents, erReadOnlyMode:
		c.bad = true
		c.node.faults.Add(1)
		c.owner.avoid(c.node)
	case erConnectionKilled:
		c.bad = true
	case 0:
		if ctx.Err() == nil && (lost(err) || errors.Is(err, driver.ErrBadConn)) {
			c.bad = true
			c.owner.avoid(c.node)
		}
	}
	return err
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	t, err := c.fullConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, c.look(ctx, err)
	}
	return connTx{t, c}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.fullConn.ExecContext(ctx, query, args)
	return res, c.look(ctx, err)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.fullConn.QueryContext(ctx, query, args)
	return rows, c.look(ctx, err)
}

func (c *conn) Ping(ctx context.Context) error { return c.look(ctx, c.fullConn.Ping(ctx)) }

// ResetSession is asked before an idle connection is used again.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.bad || c.node.faults.Load() != c.faults {
		return driver.ErrBadConn
	}
	return c.fullConn.ResetSession(ctx)
}

// IsValid is asked before a connection goes back to the pool.
func (c *conn) IsValid() bool { return !c.bad && c.fullConn.IsValid() }

type connTx struct {
	driver.Tx
	c *conn
}

func (t connTx) Commit() error   { return t.c.look(context.Background(), t.Tx.Commit()) }
func (t connTx) Rollback() error { return t.c.look(context.Background(), t.Tx.Rollback()) }

type nodeError struct {
	addr string
	err  error
}

// connectError says of each node why it could not be used.
type connectError []nodeError

func (e connectError) Error() string {
	parts := make([]string, len(e))
	for i, n := range e {
		if parts[i] = n.err.Error(); len(e) > 1 {
			parts[i] = n.addr + ": " + parts[i]
		}
	}
	return strings.Join(parts, "; ")
}

func (e connectError) Unwrap() []error {
	out := make([]error, len(e))
	for i, n := range e {
		out[i] = n.err
	}
	return out
}

// transient reports whether any node may be usable soon: a wrong password will not mend itself.
func (e connectError) transient() bool {
	for _, n := range e {
		if number := mysqlNumber(n.err); number == 0 || Retryable(n.err) || number == erShutdown {
			return true
		}
	}
	return false
}

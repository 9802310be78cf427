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
	// waits says that reads on its connections wait for the node to catch up; galera that there is anything to wait for.
	waits, galera bool
}

// node is one server.
type node struct {
	addr   string
	dialer driver.Connector
	*health
}

// health is what is known of a server by everybody who connects to it. Both pools of a process share it, so that they
// leave a node together and come back together: what one has waited for is there for the other to read.
type health struct {
	// avoidUntil is the time in Unix nanoseconds before which others go first.
	avoidUntil atomic.Int64
	// faults counts the times it failed: connections made before the last one are thrown away, since one that once
	// said 1047 keeps saying it, and each of those to a machine that hangs would cost somebody the time of a statement.
	faults atomic.Int64
}

func healths(target Target) []*health {
	out := make([]*health, len(target.Hosts))
	for i := range out {
		out[i] = &health{}
	}
	return out
}

func newConnector(target Target, o options, known []*health, session map[string]string) (*connector, error) {
	c := &connector{now: time.Now}
	for i, host := range target.Hosts {
		cfg := mysqlConfig(target, o, session)
		cfg.Net, cfg.Addr = "tcp", host
		if path, ok := strings.CutPrefix(host, "unix("); ok {
			cfg.Net, cfg.Addr = "unix", strings.TrimSuffix(path, ")")
		}
		dialer, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, fmt.Errorf("cannot open the database %s: %w", target, err)
		}
		c.nodes = append(c.nodes, &node{host, dialer, known[i]})
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

// failed notes that a node did not keep up a connection, or said that it can't serve.
func (c *connector) failed(n *node) {
	n.faults.Add(1)
	c.avoid(n)
}

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
	inTx   bool  // likewise
}

// look draws conclusions from an answer and returns it unchanged.
func (c *conn) look(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	switch mysqlNumber(err) {
	case erUnknownCommand, erShutdown, erErrorDuringCommit, erOptionPrevents, erReadOnlyMode:
		c.bad = true
		c.owner.failed(c.node)
	case erConnectionKilled:
		c.bad = true
	case 0:
		if ctx.Err() == nil && (lost(err) || errors.Is(err, driver.ErrBadConn)) {
			c.bad = true
			c.owner.failed(c.node)
		}
	}
	return err
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	t, err := c.fullConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, c.look(ctx, err)
	}
	c.inTx = true
	return connTx{t, c, c.steady(ctx)}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.fullConn.ExecContext(ctx, query, args)
	if s := c.steady(ctx); s != nil && !c.inTx && err == nil {
		s.wrote(c.node.health)
	}
	return res, c.look(ctx, err)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s := c.steady(ctx)
	if s != nil && !c.owner.waits && !c.inTx && s.mayLack(c.node.health) {
		if err := catchUp(ctx, c.fullConn); err != nil {
			return nil, c.look(ctx, err)
		}
		s.seen(c.node.health)
	}
	rows, err := c.fullConn.QueryContext(ctx, query, args)
	if s != nil && c.owner.waits && !c.inTx && err == nil {
		s.seen(c.node.health)
	}
	return rows, c.look(ctx, err)
}

// steady is what reads with ctx must see, nil where every node has the same at once.
func (c *conn) steady(ctx context.Context) *steady {
	if !c.owner.galera || len(c.owner.nodes) == 1 {
		return nil
	}
	return steadyOf(ctx)
}

// Ping asks whether the node serves. Of several nodes one that hangs, or has left the cluster, is left at once: the
// process pings every other second, and so nobody else has to find out.
func (c *conn) Ping(ctx context.Context) error {
	if len(c.owner.nodes) == 1 {
		return c.look(ctx, c.fullConn.Ping(ctx))
	}
	asked, cancel := context.WithTimeout(ctx, nodeTimeout)
	defer cancel()
	err := ready(asked, c.fullConn)
	if err != nil && ctx.Err() == nil {
		c.bad = true
		c.owner.failed(c.node)
	}
	return err
}

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
	c      *conn
	steady *steady // nil where nobody needs to know
}

func (t connTx) Commit() error {
	t.c.inTx = false
	err := t.Tx.Commit()
	if err == nil && t.steady != nil {
		t.steady.wrote(t.c.node.health)
	}
	return t.c.look(context.Background(), err)
}

func (t connTx) Rollback() error {
	t.c.inTx = false
	return t.c.look(context.Background(), t.Tx.Rollback())
}

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

package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/go-sql-driver/mysql"
)

const (
	// Together below the 151 connections a server allows by default, for three replicas on one node.
	mainPool  = 32
	plainPool = 16 // what is left of it where transactions have a pool of their own
	idlePool  = 16

	connectionLife = 5 * time.Minute // so that after a fault all come back to the first node
	idleLife       = time.Minute

	// Commit and rollback heed no context: only these bound them.
	dialTimeout      = 2 * time.Second
	statementTimeout = 8 * time.Second
	patientTimeout   = 2 * time.Hour
)

// openMySQL opens a pool on the first node that is well and, on a Galera cluster, a second one whose
// reads and transactions wait for the node to catch up.
//
// The isolation level stays the server's own: what counts or spends is decided by conditional updates,
// and SERIALIZABLE does not reach across the nodes of a cluster anyway.
func openMySQL(ctx context.Context, target Target, o options) (*Driver, error) {
	known := healths(target)
	main, err := newConnector(target, o, known, nil)
	if err != nil {
		return nil, err
	}
	writer := pool(main, mainPool)
	var galera bool
	err = prove(ctx, target.String(), func(ctx context.Context) (err error) {
		galera, err = hasGalera(ctx, writer)
		return err
	})
	if err != nil {
		writer.Close()
		return nil, err
	}
	d := &Driver{dialect: dialect.MySQL, writer: writer, reader: writer, fresh: writer}
	if galera {
		synced, err := newConnector(target, o, known, map[string]string{"wsrep_sync_wait": "1"})
		if err != nil {
			writer.Close()
			return nil, err
		}
		main.galera, synced.galera, synced.waits = true, true, true
		writer.SetMaxOpenConns(plainPool)
		d.fresh = pool(synced, mainPool)
	}
	return d, nil
}

func pool(c *connector, size int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(min(size, idlePool))
	db.SetConnMaxLifetime(connectionLife)
	db.SetConnMaxIdleTime(idleLife)
	return db
}

// mysqlConfig returns the settings every connection has; the address comes later.
func mysqlConfig(target Target, o options, session map[string]string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = target.User, target.secret(), target.Name
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.InterpolateParams = true // one round trip instead of three
	cfg.ClientFoundRows = true   // an update counts the rows it matched, as SQLite does, not those it changed
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = dialTimeout, statementTimeout, statementTimeout
	cfg.Params = map[string]string{
		"time_zone": "'+00:00'",
		// Whatever the server's own setting: a value that does not fit is an error, never cut off.
		"sql_mode": "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		// The default of 50 s would outlast the read timeout and turn a clear refusal into a lost connection.
		"innodb_lock_wait_timeout": "5",
	}
	if o.patient {
		cfg.ReadTimeout, cfg.WriteTimeout = patientTimeout, patientTimeout
	}
	for k, v := range session {
		cfg.Params[k] = v
	}
	// The driver writes lost connections to stderr and returns them as well: once is enough.
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

// hasGalera reports whether the server replicates with Galera. MySQL knows nothing of the variable and
// plain MariaDB has it off; both refuse or ignore wsrep_sync_wait.
func hasGalera(ctx context.Context, db *sql.DB) (bool, error) {
	rows, err := db.QueryContext(ctx, "SHOW VARIABLES LIKE 'wsrep_on'")
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var name, value string
	for rows.Next() {
		if err := rows.Scan(&name, &value); err != nil {
			return false, err
		}
	}
	return strings.EqualFold(value, "ON"), rows.Err()
}

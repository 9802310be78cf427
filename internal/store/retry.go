package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
)

// What the servers say when they turn a statement down. Numbers of MySQL, MariaDB and TiDB:
// https://mariadb.com/docs/server/reference/error-codes
const (
	erTooManyConnections = 1040
	erUnknownCommand     = 1047 // what a Galera node says that has no quorum, is joining or is leaving
	erShutdown           = 1053
	erDupEntry           = 1062
	erErrorDuringCommit  = 1180
	erUserConnections    = 1203
	erLockWait           = 1205
	erDeadlock           = 1213 // also a certification conflict with another node, often only at COMMIT
	erRecordChanged      = 1020 // the row changed since the snapshot (MariaDB 11.8 by default)
	erOptionPrevents     = 1290 // read-only server
	erRowIsReferenced    = 1451
	erNoReferencedRow    = 1452
	erDupEntryKeyName    = 1586
	erReadOnlyMode       = 1836
	erConnectionKilled   = 1927
	erCheckMySQL         = 3819
	erCheckMariaDB       = 4025
	erTiDBInfoSchema     = 8028
	erTiDBWriteConflict  = 9007
)

// SQLite's extended result codes: https://sqlite.org/rescode.html
const (
	sqliteBusy             = 5
	sqliteLocked           = 6
	sqliteConstraintCheck  = 275
	sqliteConstraintFK     = 787
	sqliteConstraintPK     = 1555
	sqliteConstraintUnique = 2067
	sqliteConstraintRowID  = 2579
)

// notDone marks a failure after which the database certainly holds nothing of the work: the
// connection could not be made, or it broke before COMMIT was sent.
type notDone struct{ error }

func (e notDone) Unwrap() error { return e.error }

// inDoubt marks a failure at COMMIT after which nobody can say whether the work was kept.
type inDoubt struct{ error }

func (e inDoubt) Unwrap() error { return e.error }

// Retryable reports whether err means that the whole transaction was certainly rolled back (or a
// single statement had no effect) and that running it again from its beginning may succeed.
func Retryable(err error) bool {
	if err == nil || Unknown(err) {
		return false
	}
	switch mysqlNumber(err) {
	case erDeadlock, erLockWait, erRecordChanged, erUnknownCommand, erOptionPrevents, erReadOnlyMode,
		erTooManyConnections, erUserConnections, erTiDBInfoSchema, erTiDBWriteConflict:
		return true
	}
	switch sqliteCode(err) & 0xff {
	case sqliteBusy, sqliteLocked:
		return true
	}
	var mark notDone
	return errors.As(err, &mark) || errors.Is(err, driver.ErrBadConn)
}

// Unknown reports whether err leaves open if the work was kept: the connection or the quorum was lost
// during COMMIT, or during a statement outside a transaction. Work that writes a unique operation
// key first may be run again even then; anything else must be reported as unknown, never as failed.
func Unknown(err error) bool {
	if err == nil {
		return false
	}
	if mysqlNumber(err) == erErrorDuringCommit {
		return true
	}
	var doubt inDoubt
	if errors.As(err, &doubt) {
		return true
	}
	var sure notDone
	return lost(err) && !errors.As(err, &sure)
}

// IsUniqueViolation reports whether err says that a unique index already holds the value.
func IsUniqueViolation(err error) bool {
	switch mysqlNumber(err) {
	case erDupEntry, erDupEntryKeyName:
		return true
	}
	switch sqliteCode(err) {
	case sqliteConstraintUnique, sqliteConstraintPK, sqliteConstraintRowID:
		return true
	}
	return false
}

// IsForeignKeyViolation reports whether err says that a row refers to a missing one, or is still
// referred to.
func IsForeignKeyViolation(err error) bool {
	n := mysqlNumber(err)
	return n == erRowIsReferenced || n == erNoReferencedRow || sqliteCode(err) == sqliteConstraintFK
}

// IsCheckViolation reports whether err says that a row breaks a CHECK of its table. ent itself knows
// MySQL's number of it but not MariaDB's.
func IsCheckViolation(err error) bool {
	n := mysqlNumber(err)
	return n == erCheckMySQL || n == erCheckMariaDB || sqliteCode(err) == sqliteConstraintCheck
}

const (
	firstPause = 2 * time.Millisecond
	longPause  = 300 * time.Millisecond
	patience   = 12 * time.Second
)

// Do calls fn until it returns nil or an error that running it again cannot mend. It pauses between
// calls, from 2 ms doubling to 300 ms with jitter, so that those who collided do not collide again, and
// gives up with fn's last error when ctx ends or after 12 s. Errors that one of also accepts are
// tried again too: pass [Unknown] when fn writes an operation key first.
func Do(ctx context.Context, fn func() error, also ...func(error) bool) error {
	end := time.Now().Add(patience)
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		end = d
	}
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := fn()
		if err == nil || !again(err, also) {
			return err
		}
		wait := pause/2 + rand.N(pause)
		if ctx.Err() == nil && time.Now().Add(wait).After(end) {
			return fmt.Errorf("gave up trying again: %w", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("%w while trying again after: %w", ctx.Err(), err)
		}
	}
}

func again(err error, also []func(error) bool) bool {
	if Retryable(err) {
		return true
	}
	for _, f := range also {
		if f(err) {
			return true
		}
	}
	return false
}

// lost reports whether err means that the connection to the server is gone.
func lost(err error) bool {
	if errors.Is(err, driver.ErrBadConn) { // by contract: nothing was sent
		return false
	}
	switch mysqlNumber(err) {
	case erShutdown, erConnectionKilled:
		return true
	case 0:
	default:
		return false
	}
	var network net.Error
	return errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded)
}

// alone marks the failure of a writing statement outside a transaction: it commits itself, so that an
// answer which never came leaves open if it did, also when it was the caller who stopped waiting.
func alone(err error) error {
	if err != nil && (lost(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return inDoubt{err}
	}
	return err
}

// beforeCommit marks err when nothing was committed yet: the server rolls back what a lost connection began.
func beforeCommit(err error) error {
	if err != nil && lost(err) {
		return notDone{err}
	}
	return err
}

// atCommit marks err when COMMIT was sent and its answer never came.
func atCommit(err error) error {
	if err != nil && lost(err) {
		return inDoubt{err}
	}
	return err
}

func mysqlNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

package message_test

import (
	"bytes"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/store/dbtest"
)

// wire stands between the worker and a MariaDB server and cuts the connection at a chosen COMMIT: before
// the server hears it, or after it obeyed and before anybody hears that.
type wire struct {
	listener net.Listener
	server   string
	commits  atomic.Int64 // how many have passed
	cutAt    int64
	after    bool
}

func newWire(t *testing.T, socket string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, server: socket}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

func (w *wire) carry(visitor net.Conn) {
	defer visitor.Close()
	server, err := net.Dial("unix", w.server)
	if err != nil {
		return
	}
	defer server.Close()
	var muted atomic.Bool
	go func() {
		defer visitor.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || muted.Load() { // what it answered is lost
				return
			}
			if _, err := visitor.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := visitor.Read(buf)
		if err != nil {
			return
		}
		if bytes.HasSuffix(buf[:n], []byte("\x03COMMIT")) && w.commits.Add(1) == w.cutAt {
			if !w.after {
				return
			}
			muted.Store(true)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestACommitInDoubtNeitherLosesAMessageNorSendsOrChargesItTwice(t *testing.T) {
	for _, c := range []struct {
		name  string
		cutAt int64 // 1 takes the message, 2 records its outcome
		after bool
	}{
		{"the taking was not kept", 1, false},
		{"the taking was kept", 1, true},
		{"the outcome was not kept", 2, false},
		{"the outcome was kept", 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, channel := range []schematype.Channel{schematype.SMS, schematype.Email} {
				target := dbtest.MySQL(t)
				dbtest.OpenMigrated(t, target)
				wire := newWire(t, strings.TrimSuffix(strings.TrimPrefix(target.Hosts[0], "unix("), ")"))
				target.Hosts = []string{wire.listener.Addr().String()}
				s := newSchool(t, dbtest.Open(t, target))
				id := s.reset(channel)
				wire.cutAt, wire.after = wire.commits.Load()+c.cutAt, c.after
				s.work()
				if wire.commits.Load() < wire.cutAt {
					t.Fatal("nothing was cut")
				}
				want, balance := schematype.CreditCaptured, 9
				if channel == schematype.Email {
					want, balance = schematype.NoCredit, 10
				}
				s.is(id, schematype.Accepted, schematype.DeliverySent, "", want)
				if s.post.count() != 1 || s.balance() != balance || s.message(id).Attempt != 1 {
					t.Errorf("%s: sent %d times in %d attempts, %d credits left", channel, s.post.count(), s.message(id).Attempt, s.balance())
				}
				if got := s.told(); got != "SENT" {
					t.Errorf("told %q", got)
				}
				s.check()
			}
		})
	}
}

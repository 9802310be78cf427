// Package cutproxy stands between a program and a MariaDB server and cuts connections where it hurts: at a
// COMMIT before the server hears it, or after the server obeyed and before anybody hears that, or anywhere.
// It is for tests.
package cutproxy

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"officeportal/internal/store"
)

// Where says on which side of the server's work a connection is cut.
type Where int

const (
	// Before: the server never hears the command, and rolls back what the connection had begun.
	Before Where = iota
	// After: the server has done it and answers, and the answer is lost.
	After
	// Within: likewise, and the beginning of the answer is not lost.
	Within
)

func (w Where) String() string { return [...]string{"before", "after", "within"}[w] }

// Proxy passes connections on. It is safe for concurrent use.
type Proxy struct {
	listener     net.Listener
	network, to  string
	mu           sync.Mutex
	plan         *plan
	dice         *rand.Rand
	share        float64
	cuts, passed int
}

// plan is a cut at one COMMIT that is still to come.
type plan struct {
	text  []byte
	where Where
	done  chan struct{}
}

// New starts a proxy in front of the target's first server and returns it with the target that leads through it.
// It ends with the test.
func New(tb testing.TB, target store.Target) (*Proxy, store.Target) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{listener: listener, network: "tcp", to: target.Hosts[0]}
	if path, ok := strings.CutPrefix(p.to, "unix("); ok {
		p.network, p.to = "unix", strings.TrimSuffix(path, ")")
	}
	tb.Cleanup(func() { listener.Close() })
	go p.accept()
	target.Hosts = []string{listener.Addr().String()}
	return p, target
}

// CutCommit cuts the connection at the next COMMIT of a transaction one of whose statements holds text, begun from
// now on; with an empty text at the next COMMIT of all. Done is closed when it has happened. A plan that was not
// carried out is forgotten.
func (p *Proxy) CutCommit(text string, where Where) (done <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = &plan{text: []byte(text), where: where, done: make(chan struct{})}
	return p.plan.done
}

// CutAnywhere cuts at random, until Stop: at each command with the given probability, at a COMMIT with ten times that.
// The same seed throws the same dice, for commands in the same order.
func (p *Proxy) CutAnywhere(seed uint64, share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dice, p.share = rand.New(rand.NewPCG(seed, 0)), share
}

// Stop cuts nothing any more.
func (p *Proxy) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.dice = nil, nil
}

// Cuts returns how often it has cut, and how many COMMITs it has passed on.
func (p *Proxy) Cuts() (cuts, commits int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts, p.passed
}

func (p *Proxy) accept() {
	for {
		visitor, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.carry(visitor)
	}
}

// A packet of the MySQL protocol is three bytes of length, a number that is 0 for a command, and then the
// command's kind: https://mariadb.com/docs/server/reference/clientserver-protocol/0-packet
const (
	commandQuery   = 0x03
	commandPrepare = 0x16
	header         = 4
)

// carry passes commands one way and answers the other until one side hangs up or a cut is due.
func (p *Proxy) carry(visitor net.Conn) {
	defer visitor.Close()
	server, err := net.Dial(p.network, p.to)
	if err != nil {
		return
	}
	defer server.Close()
	cut := make(chan Where, 1) // told before the command whose answer is lost is passed on
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer visitor.Close()
		answers(visitor, server, cut)
	}()
	var matched *plan // by a statement of the transaction under way
	for {
		packet, err := readPacket(visitor)
		if err != nil {
			return
		}
		where, now := Where(0), false
		if packet[3] == 0 && len(packet) > header {
			where, now = p.judge(packet[header:], &matched)
		}
		if now && where == Before {
			return
		}
		if now {
			cut <- where
		}
		if _, err := server.Write(packet); err != nil {
			return
		}
		if now {
			<-answered
			return
		}
	}
}

func readPacket(r io.Reader) ([]byte, error) {
	head := make([]byte, header, 512)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	length := int(binary.LittleEndian.Uint32(append(head[:3:3], 0)))
	packet := append(head, make([]byte, length)...)
	_, err := io.ReadFull(r, packet[header:])
	return packet, err
}

// answers passes on what the server says, and of the answer that is to be cut nothing or the beginning.
func answers(visitor io.Writer, server io.Reader, cut <-chan Where) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		select {
		case where := <-cut:
			if where == Within {
				_, _ = visitor.Write(buf[:n/2])
			}
			return
		default:
		}
		if _, err := visitor.Write(buf[:n]); err != nil {
			return
		}
	}
}

// judge says whether the connection is cut at this command.
func (p *Proxy) judge(command []byte, matched **plan) (Where, bool) {
	kind, text := command[0], command[1:]
	commit := kind == commandQuery && bytes.Equal(text, []byte("COMMIT"))
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case kind != commandQuery && kind != commandPrepare:
	case bytes.Equal(text, []byte("START TRANSACTION")) || bytes.Equal(text, []byte("ROLLBACK")):
		*matched = nil
	case p.plan != nil && bytes.Contains(text, p.plan.text) && !commit:
		*matched = p.plan
	}
	if commit {
		p.passed++
		if now := p.plan; now != nil && (now == *matched || len(now.text) == 0) {
			p.plan = nil
			p.cuts++
			close(now.done)
			return now.where, true
		}
		*matched = nil
	}
	if p.dice == nil {
		return 0, false
	}
	share := p.share
	if commit {
		share *= 10
	}
	if p.dice.Float64() >= share {
		return 0, false
	}
	p.cuts++
	return Where(p.dice.IntN(3)), true
}

package message

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// pollEvery is how soon a message is found that nobody nudged for: another process queued it, or its
	// next try is due.
	pollEvery = 500 * time.Millisecond
	// parallel is how many messages one process hands over at once over each channel.
	parallel = 4
	// room is how many messages wait in a process for their turn; more stay in the database for others.
	room = 16
	// batch is how many due rows one poll reads: more than both channels can have waiting.
	batch = 4 * room

	// leaseLife is how long a taken message belongs to its worker. Above sendTime with time to record.
	leaseLife = 60 * time.Second
	sendTime  = 20 * time.Second
	// grace is what messages in flight are given when the worker is told to end.
	grace = 15 * time.Second
	// restAfterError is how long a message that could not be taken is left alone by this process.
	restAfterError = 5 * time.Second
)

// Config is what a Worker needs.
type Config struct {
	Store    *store.Store
	Email    provider.EmailSender
	SMS      provider.SMSSender
	Renderer Renderer
	Credits  Credits
	// Pacer is nil where nobody has to be spared.
	Pacer Pacer
	// Owner names the process in leases and must differ from every other's; made up when empty.
	Owner string
	Log   *slog.Logger
	// Beat is called with every look for messages; nil where nobody listens.
	Beat func()
	// Grace is what messages in flight are given when Run's context ends; 15 seconds when zero.
	Grace time.Duration
}

// Worker sends what is due. Any number of processes may run one each.
type Worker struct {
	Config
	wake  chan struct{}
	lanes []*lane
}

// NewWorker returns a worker that does nothing until Run or Once is called.
func NewWorker(c Config) *Worker {
	if c.Owner == "" {
		c.Owner = ident.New().String()
	}
	if c.Beat == nil {
		c.Beat = func() {}
	}
	if c.Grace == 0 {
		c.Grace = grace
	}
	w := &Worker{Config: c, wake: make(chan struct{}, 1)}
	for _, channel := range []schematype.Channel{schematype.Email, schematype.SMS} {
		w.lanes = append(w.lanes, &lane{
			channel: channel, inbox: make(chan *ent.Message, room), slots: make(chan struct{}, parallel),
			pending: map[ident.ID]bool{},
		})
	}
	return w
}

// Nudge makes a running worker look at once. It never waits; call it after a commit.
func (w *Worker) Nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends. Then it takes nothing more, lets what is in flight end within
// Grace, cuts off what does not, records the outcomes and returns.
func (w *Worker) Run(ctx context.Context) {
	work, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	var running sync.WaitGroup
	for _, l := range w.lanes {
		running.Go(func() { w.drive(ctx, work, l) })
	}
	w.poll(ctx)

	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(w.Grace):
		w.Log.WarnContext(ctx, "outbox: messages in flight are cut off")
		cutOff()
		<-ended
	}
}

// Once sends everything that is due, one message after the other, and returns how many rows it worked on.
func (w *Worker) Once(ctx context.Context) (int, error) {
	done := 0
	for {
		rows, err := w.due(ctx)
		if err != nil || len(rows) == 0 {
			return done, err
		}
		for _, m := range rows {
			j, err := w.take(ctx, m)
			if err != nil {
				return done, err
			}
			if j != nil {
				w.deliver(ctx, j)
			}
			done++
		}
	}
}

// poll hands due rows to the lanes until ctx ends.
func (w *Worker) poll(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	blind := false
	for {
		w.Beat()
		var open []schematype.Channel
		for _, l := range w.lanes {
			if l.hasRoom() {
				open = append(open, l.channel)
			}
		}
		if len(open) > 0 {
			rows, err := w.due(ctx, open...)
			switch {
			case ctx.Err() != nil:
			case err != nil && !blind: // once, not twice a second for as long as it lasts
				w.Log.ErrorContext(ctx, "outbox: cannot look for messages", slog.String("error", store.Cause(err)))
			case err == nil && blind:
				w.Log.InfoContext(ctx, "outbox: looking for messages again")
			}
			blind = err != nil
			for _, m := range rows {
				for _, l := range w.lanes {
					if l.channel == m.Channel {
						l.offer(m)
					}
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.wake:
		}
	}
}

// due reads what is due, the longest waiting first: one look into one index however many rows there are.
func (w *Worker) due(ctx context.Context, channels ...schematype.Channel) ([]*ent.Message, error) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "the worker looks for messages of all businesses")
	query := w.Store.Client.Message.Query().Where(entmessage.DueAtLTE(w.Store.Now()))
	if len(channels) == 1 { // the other is full, and its rows may be in front
		query.Where(entmessage.ChannelEQ(channels[0]))
	}
	return query.Order(ent.Asc(entmessage.FieldDueAt)).Limit(batch).All(ctx)
}

// lane is one channel's way out: a full or slow e-mail service must not hold up texts.
type lane struct {
	channel schematype.Channel
	inbox   chan *ent.Message
	slots   chan struct{}

	mu      sync.Mutex
	pending map[ident.ID]bool // waiting or in flight here
}

func (l *lane) hasRoom() bool { return len(l.inbox) < cap(l.inbox) }

func (l *lane) offer(m *ent.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending[m.ID] {
		return
	}
	select {
	case l.inbox <- m:
		l.pending[m.ID] = true
	default:
	}
}

// done forgets a message and reports whether none is left.
func (l *lane) done(m *ent.Message) (empty bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pending, m.ID)
	return len(l.pending) == 0
}

// drive takes the lane's messages, one at a time, and hands them over, several at a time. It takes
// until ctx ends and works until work ends.
func (w *Worker) drive(ctx, work context.Context, l *lane) {
	var flying sync.WaitGroup
	defer flying.Wait()
	paced := false // a permit that is not used yet, because another process was faster
	for {
		var m *ent.Message
		select {
		case <-ctx.Done():
			return
		case l.slots <- struct{}{}:
		}
		select {
		case <-ctx.Done():
			return
		case m = <-l.inbox:
		}
		j, err := w.pacedTake(ctx, work, m, &paced)
		if err != nil {
			if ctx.Err() == nil {
				w.Log.ErrorContext(ctx, "outbox: cannot take a message", slog.String("message", m.ID.String()), slog.String("error", store.Cause(err)))
			}
			<-l.slots
			time.AfterFunc(restAfterError, func() { l.done(m) })
			continue
		}
		leave := func() {
			<-l.slots
			if l.done(m) {
				w.Nudge() // there may be more than one poll could bring
			}
		}
		if j == nil {
			leave()
			continue
		}
		flying.Go(func() { defer leave(); w.deliver(work, j) })
	}
}

// pacedTake waits for a permit before a message is taken that will be sent: the life of its link begins
// with the taking.
func (w *Worker) pacedTake(ctx, work context.Context, m *ent.Message, paced *bool) (*job, error) {
	if w.Pacer != nil && !*paced && w.sendable(m) {
		if err := w.Pacer.Wait(ctx, m.Channel); err != nil {
			return nil, err
		}
		*paced = true
	}
	if ctx.Err() != nil {
		return nil, nil
	}
	j, err := w.take(work, m)
	if j != nil {
		*paced = false
	}
	return j, err
}

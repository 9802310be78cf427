// Package app puts the parts together: it is the one package that knows all others. The command line and
// the end-to-end tests start the very same App.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"officeportal/frontend"
	"officeportal/graph"
	"officeportal/internal/clientip"
	"officeportal/internal/config"
	"officeportal/internal/identity"
	"officeportal/internal/message"
	"officeportal/internal/message/dev"
	"officeportal/internal/passwordreset"
	"officeportal/internal/text"
	"officeportal/internal/web"
)

// Options are what tests set besides the settings.
type Options struct {
	// Clock is the time; nil is the real one.
	Clock func() time.Time
	Log   *slog.Logger
	// Out is where the demo sign-ins are printed; nil for nowhere.
	Out io.Writer
}

// App is the whole product in one process.
type App struct {
	*core
	log     *slog.Logger
	reset   *passwordreset.Service
	worker  *message.Worker
	public  listener
	ops     listener
	signIns []string
	ready   readiness
}

type listener struct {
	net.Listener
	server *http.Server
}

// New opens everything, listens, and does not serve yet. What whoever starts it can mend answers true to IsUse.
func New(ctx context.Context, s config.Settings, o Options) (_ *App, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	clients, err := clientip.New(s.TrustedProxies)
	if err != nil {
		return nil, useError{err}
	}
	a := &App{log: o.Log}
	// The ports come first: two processes on one SQLite file are found out before either touches it.
	if a.public.Listener, err = listen(ctx, "LISTEN", s.Listen); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.closeListeners()
		}
	}()
	if a.ops.Listener, err = listen(ctx, "OPS_LISTEN", s.OpsListen); err != nil {
		return nil, err
	}
	// tests listen on port 0 and can't know the origin before
	if _, port, splitErr := net.SplitHostPort(a.Addr()); splitErr == nil && strings.HasSuffix(s.PublicURL, ":0") {
		s.PublicURL = strings.TrimSuffix(s.PublicURL, "0") + port
	}
	if a.core, err = openCore(ctx, s, o); err != nil {
		return nil, err
	}
	if err = a.demo(ctx); err == nil {
		err = a.wire(clients)
	}
	if err != nil {
		_ = a.core.Close()
		return nil, err
	}
	return a, nil
}

func listen(ctx context.Context, name, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return nil, useError{fmt.Errorf("%s%s: can't listen on %s: %w", config.Prefix, name, addr, err)}
	}
	return l, nil
}

func (a *App) wire(clients clientip.Finder) error {
	box := dev.NewBox(a.Store.Now)
	email, sms, err := senders(a.Settings, box)
	if err != nil {
		return err
	}
	a.reset = passwordreset.New(passwordreset.Config{
		Store: a.Store, Ring: a.Ring, Limiter: a.Limiter, Ledger: a.Credit,
		Nudge: func() { a.worker.Nudge() }, PublicURL: a.Settings.PublicURL,
		EmailFrom: emailFrom(a.Settings), SMSOriginator: smsOriginator(a.Settings), Log: a.log,
	})
	a.worker = newWorker(a, email, sms)
	cookies := web.NewCookies(a.Settings.PublicURL)
	handler := graph.NewHandler(graph.Config{
		Store: a.Store, Resets: a.reset, Identity: a.Identity, Credit: a.Credit, Families: a.Family, Cookies: cookies, Log: a.log,
	})
	var devMessages http.Handler
	if a.showsMessages() {
		devMessages = box.Handler()
	}
	a.warn()
	a.public.server = web.NewServer(web.New(web.Config{
		Sessions: a.Identity, IsNoSession: func(err error) bool { return errors.Is(err, identity.ErrNoSession) },
		GraphQL: handler, SDL: graph.SDL(), Files: frontend.Files(), DevMessages: devMessages,
		PublicURL: a.Settings.PublicURL, Clients: clients, Locale: func(accept string) string { return text.Match(accept) }, Log: a.log,
	}), a.log)
	a.ops.server = web.NewServer(a.operations(), a.log)
	return nil
}

// showsMessages reports whether what dev channels keep is shown. Whoever sees it can take over every guardian's
// login, so it never is where other machines use the portals.
func (a *App) showsMessages() bool {
	return (a.Settings.Email == "dev" || a.Settings.SMS == "dev") && a.Settings.PublicIsLocal()
}

// warn tells the log what is fine on a laptop and a mistake where other machines use the portals.
func (a *App) warn() {
	if a.Settings.PublicIsLocal() {
		return
	}
	if a.Settings.Email == "dev" {
		a.log.Warn("OFFICEPORTAL_EMAIL is dev: no email leaves this machine, and none is shown")
	}
	if a.Settings.SMS == "dev" {
		a.log.Warn("OFFICEPORTAL_SMS is dev: no text message leaves this machine, and none is shown; keep text messaging off")
	}
	if len(a.signIns) > 0 {
		a.log.Warn("the database holds the demo business: everybody knows its passwords")
	}
}

// Addr returns the address the portals listen on, host:port.
func (a *App) Addr() string { return a.public.Addr().String() }

// OpsAddr returns the address of health and metrics, host:port.
func (a *App) OpsAddr() string { return a.ops.Addr().String() }

// URL returns the public origin.
func (a *App) URL() string { return a.Settings.PublicURL }

// Greet prints where to look and, with demo data, how to sign in.
func (a *App) Greet(w io.Writer) {
	fmt.Fprintf(w, "Office Portal    %s/office\n", a.URL())
	if len(a.signIns) > 0 {
		fmt.Fprintf(w, "Customer Portal  %s/portal/sunrise\n", a.URL())
	}
	if a.showsMessages() {
		fmt.Fprintf(w, "Messages sent    %s/dev/messages\n", a.URL())
	}
	for _, line := range a.signIns {
		fmt.Fprintln(w, line)
	}
}

// Run serves until ctx ends, then stops in order: no new requests, requests under way, messages under way.
// The database stays open until Close.
func (a *App) Run(ctx context.Context) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var background, serving sync.WaitGroup
	background.Go(func() { a.worker.Run(work) })
	background.Go(func() { a.reset.RunIntake(work) })
	background.Go(func() { a.sweep(work) })
	failed := make(chan error, 2)
	for _, l := range []listener{a.public, a.ops} {
		serving.Go(func() {
			if err := l.server.Serve(l.Listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	a.log.InfoContext(ctx, "serving", slog.String("address", a.Addr()), slog.String("operations", a.OpsAddr()))
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.ready.drain()
	a.log.InfoContext(ctx, "stopping: no new requests")
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	shutdownErr := errors.Join(a.public.server.Shutdown(deadline), a.ops.server.Shutdown(deadline))
	serving.Wait()
	a.log.InfoContext(ctx, "stopping: messages under way")
	stopWork()
	background.Wait()
	return errors.Join(err, shutdownErr)
}

// Close closes the listeners and the database. It may be called without Run.
func (a *App) Close() error {
	a.closeListeners()
	return a.core.Close()
}

func (a *App) closeListeners() {
	for _, l := range []listener{a.public, a.ops} {
		if l.Listener != nil {
			_ = l.Listener.Close()
		}
	}
}

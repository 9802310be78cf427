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

	"officeportal/ent"
	"officeportal/frontend"
	"officeportal/graph"
	"officeportal/internal/audit/checkpointmail"
	"officeportal/internal/audit/export"
	"officeportal/internal/clientip"
	"officeportal/internal/config"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/secondfactor"
	"officeportal/internal/identity/staff"
	"officeportal/internal/live"
	"officeportal/internal/message"
	"officeportal/internal/message/dev"
	"officeportal/internal/passwordreset"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
	"officeportal/internal/web"
)

// Options are what tests set besides the settings.
type Options struct {
	// Clock is the time; nil is the real one.
	Clock func() time.Time
	Log   *slog.Logger
	// Version is the build, for /metrics.
	Version string
	// Out is where the demo sign-ins are printed; nil for nowhere.
	Out io.Writer
	// readOnly refuses a schema that is behind instead of bringing it up to date.
	readOnly bool
}

// App is the whole product in one process.
type App struct {
	*core
	// Checkpoints mails owners the state of the Audit Log every day.
	Checkpoints *checkpointmail.Service
	log         *slog.Logger
	reset       *passwordreset.Service
	live        *live.Service
	staff       *staff.Service
	worker      *message.Worker
	reports     *message.Reports
	public      listener
	ops         listener
	signIns     []string
	ready       readiness
	metrics     *metrics
	// endTraces sends what is left of them.
	endTraces func()
	version   string
	// ending is closed when streams have to end.
	ending chan struct{}
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
	a := &App{log: o.Log, version: o.Version, ending: make(chan struct{})}
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
	if a.endTraces, err = startTraces(context.Background(), a.Settings.Traces, a.version, a.log); err != nil {
		return err
	}
	a.metrics = newMetrics(a)
	a.AuditLog.Tell(func(entries []*ent.AuditEntry) { a.metrics.sealed(a.Store.Now(), entries) }, a.ready.sealer.beat)
	a.Limiter.OnRefused(func(limit string) { a.metrics.refused.WithLabelValues(limit).Inc() })
	a.live = live.New(a.Store, a.log)
	nudge := func() { a.worker.Nudge() }
	a.staff = staff.New(staff.Config{Store: a.Store, Ring: a.Ring, Limiter: a.Limiter, Nudge: nudge, PublicURL: a.Settings.PublicURL,
		EmailFrom: emailFrom(a.Settings), Log: a.log})
	second, err := secondfactor.New(secondfactor.Config{Store: a.Store, Ring: a.Ring, Limiter: a.Limiter, Nudge: nudge, PublicURL: a.Settings.PublicURL})
	if err != nil {
		return err
	}
	a.reset = passwordreset.New(passwordreset.Config{
		Staff: a.staff, Store: a.Store, Ring: a.Ring, Limiter: a.Limiter, Ledger: a.Credit,
		Watch: func(reset ident.ID) passwordreset.Watch { return a.live.Reset(reset) },
		Nudge: nudge, PublicURL: a.Settings.PublicURL,
		EmailFrom: emailFrom(a.Settings), SMSOriginator: smsOriginator(a.Settings), Log: a.log,
	})
	a.Credit.Fits = fits(a.Settings.PublicURL)
	a.Checkpoints = &checkpointmail.Service{Store: a.Store, Log: a.AuditLog, Nudge: nudge, Logger: a.log}
	a.worker = newWorker(a, email, sms)
	a.reports = &message.Reports{Store: a.Store, Credits: a.Credit, Log: a.log}
	hooks, err := hooksOf(a.Settings, a.reports, a.Store.Now)
	if err != nil {
		return err
	}
	cookies := web.NewCookies(a.Settings.PublicURL)
	trusted, err := graph.ReadTrusted(frontend.Files(), "documents.json")
	if err != nil {
		return err
	}
	handler := graph.NewHandler(graph.Config{
		Store: a.Store, Resets: a.reset, Identity: a.Identity, Credit: a.Credit, Families: a.Family, Policies: a.Policy, AuditLog: a.AuditLog, Cookies: cookies, Log: a.log,
		Live: a.live, Draining: a.ending, OnStream: func(n int) { a.metrics.streams.Add(float64(n)) },
		Trusted: trusted, AdHoc: a.adHoc, Budget: a.budget(),
		Links: links{a.reset, a.staff}, Members: a.staff, SecondFactor: second,
	})
	var devMessages http.Handler
	if a.showsMessages() {
		devMessages = box.Handler()
	}
	a.warn()
	a.public.server = web.NewServer(a.leaving(web.New(web.Config{
		Sessions: a.Identity, IsNoSession: func(err error) bool { return errors.Is(err, identity.ErrNoSession) },
		GraphQL: handler, SDL: graph.SDL(), MayExplore: a.adHoc, OnlyBusiness: a.onlyBusiness, SecurityContact: a.Settings.SecurityContact, Scans: a.Policy, Files: frontend.Files(), Hooks: hooks, DevMessages: devMessages,
		AuditExports: &export.Service{Store: a.Store, Log: a.AuditLog, Proof: identity.RequireProof},
		PublicURL:    a.Settings.PublicURL, Clients: clients, Locale: func(accept string) string { return text.Match(accept) }, Log: a.log,
	})), a.log)
	a.public.server.RegisterOnShutdown(func() { close(a.ending) })
	a.ops.server = web.NewServer(a.operations(), a.log)
	return nil
}

// adHoc reports whether whoever asks may send documents that are not the portals' own, and look at the schema.
func (a *App) adHoc(ctx context.Context) bool {
	v := viewer.From(ctx)
	return a.Settings.Documents == "any" || v.Can(viewer.APIExplore) || !v.APITokenID.IsZero()
}

// budget is for those who write programs. Whoever develops screens has none: their documents are the screens'.
func (a *App) budget() graph.Budget {
	if a.Settings.Documents == "any" {
		return nil
	}
	return a.Limiter
}

// onlyBusiness returns the slug of the only business, empty when there is none or several.
func (a *App) onlyBusiness(ctx context.Context) (string, error) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "whoever changes a password is led to the portal of the only business")
	found, err := a.Store.Client.Business.Query().Limit(2).All(ctx)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0].Slug, nil
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
	if a.Settings.Email == "resend" && a.Settings.ResendWebhookSecret == "" {
		a.log.Warn("OFFICEPORTAL_RESEND_WEBHOOK_SECRET is not set: what becomes of emails is not known")
	}
	if a.Settings.SMS == "messagebird" && a.Settings.MessageBirdSigningKey == "" || a.Settings.SMS == "bird" && a.Settings.BirdWebhookSecret == "" {
		a.log.Warn("the signing secret of SMS reports is not set: what becomes of texts is not known, and no credit comes back for one that does not arrive")
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
	if len(a.signIns) > 0 {
		fmt.Fprint(w, "\nSign in as one of the demo business, with email and password:\n")
	}
	for _, line := range a.signIns {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
}

// Run serves until ctx ends, then stops in order: no new requests, requests under way, messages under way.
// The database stays open until Close.
func (a *App) Run(ctx context.Context) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var background, serving sync.WaitGroup
	background.Go(func() { a.worker.Run(work) })
	background.Go(func() { a.reset.RunIntake(work) })
	background.Go(func() { a.live.Run(work) })
	background.Go(func() { a.sweep(work) })
	background.Go(func() { a.Policy.Run(work) })
	background.Go(func() { a.check(work) })
	background.Go(func() { a.measure(work) })
	background.Go(func() { a.AuditLog.Run(work) })
	background.Go(func() { a.Checkpoints.Run(work) })
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
	if err == nil && a.Settings.DrainTime > 0 {
		a.log.InfoContext(ctx, "stopping: serving on until the proxy has noticed", slog.Duration("time", a.Settings.DrainTime))
		select {
		case <-time.After(a.Settings.DrainTime):
		case err = <-failed:
		}
	}
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
	a.endTraces()
	return a.core.Close()
}

func (a *App) closeListeners() {
	for _, l := range []listener{a.public, a.ops} {
		if l.Listener != nil {
			_ = l.Listener.Close()
		}
	}
}

// Package live tells whoever follows something on a screen that it has changed, in whichever process that
// happened: one statement a second asks about everything that is followed in this one, with the sessions and API
// tokens of those who follow. Nothing is asked while nobody does.
package live

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/internal/ident"
	"officeportal/internal/pubsub"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// lookEvery is how late a change is told, at most, while the database answers.
const lookEvery = time.Second

// kind is the kind of thing that can be watched.
type kind byte

const (
	ofReset kind = iota
	ofSession
	ofAPIToken
)

type key struct {
	kind kind
	id   ident.ID
}

// Service watches.
type Service struct {
	store *store.Store
	hub   *pubsub.Hub[key]
}

// New returns a service that looks while Run runs.
func New(s *store.Store, log *slog.Logger) *Service {
	live := &Service{store: s}
	failing := false
	live.hub = pubsub.New(live.look, lookEvery, func(ctx context.Context, err error) {
		switch {
		case err != nil && !failing: // once, not every second for as long as it lasts
			log.ErrorContext(ctx, "live: cannot look for changes", slog.String("error", store.Cause(err)))
		case err == nil:
			log.InfoContext(ctx, "live: looking for changes again")
		}
		failing = err != nil
	})
	return live
}

// Run looks until ctx ends.
func (s *Service) Run(ctx context.Context) { s.hub.Run(ctx) }

// Once looks once; for tests that don't want to wait.
func (s *Service) Once(ctx context.Context) error { return s.hub.Once(ctx) }

// Reset is a watch over one reset: its message, its link, and the end of the link's life, which nobody writes down.
type Reset struct{ *pubsub.Watch[key] }

// Reset begins to watch a reset. Who may see it is asked when it is read.
func (s *Service) Reset(id ident.ID) Reset { return Reset{s.hub.Watch(key{ofReset, id})} }

// Saw says how the reader has seen the reset: its link, its message, the guardian's credential epoch, and when.
// It returns whether that is news.
func (r Reset) Saw(t *ent.ResetToken, m *ent.Message, epoch int, at time.Time) bool {
	state := reset{
		sent: t.FirstSentAt != nil, used: t.RedeemedAt != nil, superseded: t.SupersededAt != nil, revoked: t.RevokedAt != nil,
		current: t.CredEpoch == epoch, expired: t.ExpiresAt != nil && !at.Before(*t.ExpiresAt),
	}
	if !m.ID.IsZero() { // without a row there is nothing that could change
		state.message = message(string(m.State), string(m.Delivery), m.Problem, string(m.Credit), m.UpdatedAt)
	}
	return r.Watch.Saw(state.String())
}

// Standing is a watch over who looks: it speaks up when the session or the API token is over, or when its person may
// do something else with it than before.
type Standing struct{ *pubsub.Watch[key] }

// Standing begins to watch what a staff member came in with. Of whoever has neither a session nor an API token, and of
// guardians, whom no stream is for, it never hears again: they are told why by whoever refuses them.
func (s *Service) Standing(v viewer.Viewer) Standing {
	k := key{ofSession, v.SessionID}
	switch {
	case v.Kind != viewer.StaffMember:
		k.id = ident.ID{}
	case !v.APITokenID.IsZero():
		k = key{ofAPIToken, v.APITokenID}
	}
	w := s.hub.Watch(k)
	if !k.id.IsZero() {
		w.Saw(rights(v.Owner, v.Granted))
	}
	return Standing{w}
}

// Over reports, after a change, whether the session or the API token is over.
func (s Standing) Over() bool { return s.Is() == "" }

// reset is what can change about one.
type reset struct {
	sent, used, superseded, revoked, current, expired bool
	message                                           string
}

func (r reset) String() string {
	var b strings.Builder
	for _, is := range []bool{r.sent, r.used, r.superseded, r.revoked, r.current, r.expired} {
		b.WriteString(strconv.FormatBool(is)[:1])
	}
	return b.String() + r.message
}

func message(state, delivery, problem, credit string, updated time.Time) string {
	return strings.Join([]string{"", state, delivery, problem, credit, strconv.FormatInt(updated.UnixMicro(), 10)}, "|")
}

func rights(owner bool, granted []viewer.Permission) string {
	names := make([]string, 0, len(granted))
	for _, p := range granted {
		names = append(names, string(p))
	}
	slices.Sort(names)
	return "signed in|" + strconv.FormatBool(owner) + "|" + strings.Join(names, ",")
}

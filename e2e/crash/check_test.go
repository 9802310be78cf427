package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/credit"
	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// left is everything that is in the database at the end.
type left struct {
	byKey    map[string]ident.ID // of a key's answer
	tokens   map[ident.ID]*ent.ResetToken
	messages map[ident.ID][]*ent.Message // by link
	told     map[ident.ID]int            // by link: entries that say that it was asked for
	chosen   map[ident.ID]int            // by link: entries that say that a password was chosen with it
	lines    map[ident.ID]map[schematype.CreditKind]int
	grants   int
	notices  int
}

func (w *world) look(ctx context.Context, s *store.Store) left {
	l := left{byKey: map[string]ident.ID{}, tokens: map[ident.ID]*ent.ResetToken{}, messages: map[ident.ID][]*ent.Message{}, told: map[ident.ID]int{},
		chosen: map[ident.ID]int{}, lines: map[ident.ID]map[schematype.CreditKind]int{}}
	keys, err := s.Client.IdempotencyKey.Query().All(ctx)
	w.must(err)
	for _, k := range keys {
		var id idempotency.ID
		w.must(json.Unmarshal(k.Answer, &id))
		if _, twice := l.byKey[k.Key]; twice {
			w.t.Errorf("%s is there twice", k.Key)
		}
		l.byKey[k.Key] = id.ID
	}
	tokens, err := s.Client.ResetToken.Query().All(ctx)
	w.must(err)
	for _, t := range tokens {
		l.tokens[t.ID] = t
	}
	messages, err := s.Client.Message.Query().All(ctx)
	w.must(err)
	for _, m := range messages {
		if m.ResetTokenID != nil {
			l.messages[*m.ResetTokenID] = append(l.messages[*m.ResetTokenID], m)
		}
		if m.Kind == schematype.PasswordChanged {
			l.notices++
		}
		if m.State == schematype.Queued || m.State == schematype.Leased || m.DueAt != nil {
			w.t.Errorf("message %s waits for ever: %s, due %v", m.ID, m.State, m.DueAt)
		}
	}
	entries, err := s.Client.AuditEntry.Query().Where(auditentry.OutcomeEQ(schematype.Succeeded), auditentry.SubjectIDNotNil(),
		auditentry.ActionIn(string(audit.PasswordResetRequested), string(audit.PasswordResetCompleted))).All(ctx)
	w.must(err)
	for _, e := range entries {
		if e.Action == string(audit.PasswordResetRequested) {
			l.told[*e.SubjectID]++
		} else {
			l.chosen[*e.SubjectID]++
		}
	}
	lines, err := s.Client.CreditEntry.Query().All(ctx)
	w.must(err)
	for _, line := range lines {
		if line.MessageID == nil {
			l.grants++
			continue
		}
		if l.lines[*line.MessageID] == nil {
			l.lines[*line.MessageID] = map[schematype.CreditKind]int{}
		}
		l.lines[*line.MessageID][line.Kind]++
	}
	return l
}

// figures are what the test proved anything about.
type figures struct{ links, refused, texts, mails, unknown, captured, returned, redeemed, credits int }

// check compares what the desks were told with what the database and the services have.
func (w *world) check(ctx context.Context, s *store.Store) (f figures) {
	l := w.look(ctx, s)
	taken := map[string]int{}
	for _, text := range w.sms.Texts() {
		taken[text.Reference]++
	}
	mailed := map[string]int{}
	for _, mail := range w.resend.Emails() {
		mailed[mail.IdempotencyKey]++
	}
	seen := map[string]bool{}
	for _, r := range w.requests {
		token, done := l.byKey[r.key]
		if r.refused != "" {
			if f.refused++; done {
				w.t.Errorf("%s was refused (%s) and done", r.key, r.refused)
			}
			continue
		}
		if !done || seen[r.id] {
			w.t.Errorf("%s was answered with %s and lost, or had that of another", r.key, r.id)
			continue
		}
		seen[r.id] = true
		f.links++
		if l.tokens[token] == nil || len(l.messages[token]) != 1 || l.told[token] != 1 {
			w.t.Errorf("%s: link %v, %d messages, %d entries in the Audit Log", r.key, l.tokens[token] != nil, len(l.messages[token]), l.told[token])
			continue
		}
		m := l.messages[token][0]
		if r.channel == "SMS" {
			f.texts++
			w.checkText(m, l.lines[m.ID], taken[m.ID.String()], &f)
		} else {
			f.mails++
			w.checkMail(m, mailed["password-reset/"+m.ID.String()])
		}
	}
	if len(l.tokens) != f.links || len(l.messages) != f.links {
		w.t.Errorf("%d links and %d messages for %d requests", len(l.tokens), len(l.messages), f.links)
	}
	for id, t := range l.tokens {
		want := 0
		if t.RedeemedAt != nil {
			want = 1
			f.redeemed++
		}
		if l.chosen[id] != want {
			w.t.Errorf("link %s: used %v, %d entries", id, t.RedeemedAt, l.chosen[id])
		}
	}
	if f.redeemed != w.redeems || l.notices != w.redeems {
		w.t.Errorf("%d links were used, %d notices of it, %d people chose a password", f.redeemed, l.notices, w.redeems)
	}
	for key, r := range w.credits {
		if _, done := l.byKey[key]; !done || r.id == "" {
			w.t.Errorf("credits %s: %s", key, r.refused)
		}
	}
	if f.credits = len(w.credits); l.grants != f.credits+len(w.businesses) || len(l.byKey) != f.credits+f.links {
		w.t.Errorf("credits were added %d times, %d keys are known", l.grants, len(l.byKey))
	}
	w.must(credit.Check(ctx, s))
	accounts, err := s.Client.SmsAccount.Query().All(ctx)
	w.must(err)
	for _, a := range accounts {
		if a.Held != 0 {
			w.t.Errorf("%d credits are held for ever", a.Held)
		}
	}
	w.checkTries()
	return f
}

// checkText looks at one text and its credit.
func (w *world) checkText(m *ent.Message, lines map[schematype.CreditKind]int, taken int, f *figures) {
	ended := lines[schematype.CreditCapture] + lines[schematype.CreditRelease]
	if lines[schematype.CreditHold] != 1 || ended != 1 || lines[schematype.CreditRefund] > lines[schematype.CreditCapture] || m.Credit == schematype.CreditHeld {
		w.t.Errorf("text %s: %v, %s", m.ID, lines, m.Credit)
	}
	if taken > 1 {
		w.t.Errorf("text %s was sent %d times", m.ID, taken)
	}
	told := w.reports[m.ID.String()]
	switch m.State {
	case schematype.Accepted:
		if taken != 1 {
			w.t.Errorf("text %s counts as accepted, and the service took %d", m.ID, taken)
		}
	case schematype.Unknown:
		if f.unknown++; told != "" {
			w.t.Errorf("text %s is unknown, and the service said %s", m.ID, told)
		}
	case schematype.Refused, schematype.Void:
		if taken != 0 {
			w.t.Errorf("text %s counts as not sent, and the service has it", m.ID)
		}
	}
	switch m.Credit {
	case schematype.CreditCaptured:
		f.captured++
	case schematype.CreditReturned:
		f.returned++
	}
	if back := m.Credit == schematype.CreditReturned; back != (told == "delivery_failed" || taken == 0 && m.State != schematype.Unknown) {
		w.t.Errorf("text %s: %s, taken %d times, reported %q, and its credit is %s", m.ID, m.State, taken, told, m.Credit)
	}
}

// checkMail looks at one e-mail: a service that knows the key takes it once, however often it is sent.
func (w *world) checkMail(m *ent.Message, taken int) {
	if m.State == schematype.Accepted && taken != 1 || (m.State == schematype.Refused || m.State == schematype.Void) && taken != 0 || taken > 1 {
		w.t.Errorf("e-mail %s is %s, and the service took %d", m.ID, m.State, taken)
	}
}

// checkTries looks at every single try of an e-mail: under one key always the same bytes.
func (w *world) checkTries() {
	first := map[string][]byte{}
	for _, r := range w.resend.Requests() {
		key := r.Header.Get("Idempotency-Key")
		if before, again := first[key]; again && !bytes.Equal(before, r.Body) || key == "" {
			w.t.Errorf("%q was used for another e-mail: %d bytes first, then %d", key, len(before), len(r.Body))
		}
		first[key] = r.Body
	}
	if said := w.log.String(); strings.Contains(said, "/r#") || strings.Contains(said, "312220") || strings.Contains(said, staffPassword) {
		w.t.Error("the log holds a link, a number or a password")
	}
}

// interrupted counts what a killed process had in its hands.
func (w *world) interrupted(ctx context.Context, s *store.Store) int {
	n, err := s.Client.Message.Query().Where(message.StateEQ(schematype.Leased)).Count(ctx)
	w.must(err)
	return n
}

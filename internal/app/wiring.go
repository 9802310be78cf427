package app

import (
	"context"
	"net/url"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/config"
	"officeportal/internal/family"
	"officeportal/internal/message"
	"officeportal/internal/message/dev"
	"officeportal/internal/message/email"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/sms"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
)

// outbox lets the family domain queue its notices without knowing the outbox.
type outbox struct{}

func (outbox) ContactChanged(ctx context.Context, tx *store.Tx, n family.Notice) error {
	return message.Enqueue(ctx, tx, message.Draft{
		Business: n.Business, Guardian: n.Guardian, Kind: schematype.ContactChanged, Channel: schematype.Email,
		Destination: n.Destination, Locale: n.Locale, Params: map[string]string{"field": n.Field},
	})
}

// senders returns the configured message services; dev ones keep what they are given.
func senders(s config.Settings, box *dev.Box) (provider.EmailSender, provider.SMSSender, error) {
	var mail provider.EmailSender = box
	var text provider.SMSSender = box
	var err error
	if s.Email == "resend" {
		if mail, err = email.NewResend(s.ResendAPIKey, s.ResendURL); err != nil {
			return nil, nil, useError{err}
		}
	}
	if s.SMS == "messagebird" {
		if text, err = sms.NewMessageBird(s.MessageBirdAccessKey, s.MessageBirdURL, s.PublicURL+"/hooks/sms"); err != nil {
			return nil, nil, useError{err}
		}
	}
	return mail, text, nil
}

// emailFrom is the sender of messages; dev channels need none that exists.
func emailFrom(s config.Settings) string {
	if s.EmailFrom != "" {
		return s.EmailFrom
	}
	host := "localhost"
	if u, err := url.Parse(s.PublicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return "office@" + host
}

func smsOriginator(s config.Settings) string {
	if s.SMSOriginator != "" {
		return s.SMSOriginator
	}
	return "Office"
}

// pacer keeps all processes together below the two requests a second that Resend allows a team by default.
type pacer struct{ limiter *ratelimit.Limiter }

// Wait returns when one email may leave.
func (p pacer) Wait(ctx context.Context, channel schematype.Channel) error {
	if channel != schematype.Email {
		return nil
	}
	limit := ratelimit.Limit{Name: "resend-team", Subject: []string{"all"}, Burst: 2, Every: 500 * time.Millisecond}
	for {
		ok, _, err := p.limiter.Allow(ctx, limit)
		if err != nil || ok {
			return err
		}
		timer := time.NewTimer(100 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

func newWorker(a *App, mail provider.EmailSender, text provider.SMSSender) *message.Worker {
	c := message.Config{Store: a.Store, Email: mail, SMS: text, Renderer: a.reset, Credits: a.Credit, Log: a.log}
	if a.Settings.Email == "resend" {
		c.Pacer = pacer{a.Limiter}
	}
	return message.NewWorker(c)
}

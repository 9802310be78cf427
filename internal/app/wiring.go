package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit/checkpointmail"
	"officeportal/internal/config"
	"officeportal/internal/credit"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/message"
	"officeportal/internal/message/dev"
	"officeportal/internal/message/email"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/sms"
	"officeportal/internal/message/template"
	"officeportal/internal/passwordreset"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/web/hooks"
)

// outbox lets the family domain queue its notices without knowing the outbox.
type outbox struct{}

func (outbox) ContactChanged(ctx context.Context, tx *store.Tx, n family.Notice) error {
	return message.Enqueue(ctx, tx, message.Draft{
		Business: n.Business, Guardian: n.Guardian, Kind: schematype.ContactChanged, Channel: schematype.Email,
		Destination: n.Destination, Locale: n.Locale, Params: map[string]string{"field": n.Field},
	})
}

// fits refuses text messages that need more than one segment, which is what one credit pays for.
func fits(publicURL string) func(businessName string) error {
	return func(name string) error {
		err := template.CheckSMSFits(name, publicURL)
		if err == nil {
			return nil
		}
		key, args := passwordreset.WhySMSDoesNotFit(err)
		return &fault.Error{Fields: []fault.Field{{Code: fault.Invalid, Path: []string{"input", "enabled"}, Text: key, Args: args}}}
	}
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
	if s.SMS == "bird" {
		if text, err = sms.NewBird(s.BirdAccessKey, s.BirdURL); err != nil {
			return nil, nil, useError{err}
		}
	}
	return mail, text, nil
}

// hooksOf answers every message service whose signing secret is set, also one that nothing is sent through any
// more: what it took is still reported.
func hooksOf(s config.Settings, reports *message.Reports, now func() time.Time) (http.Handler, error) {
	c := hooks.Config{Report: reports.Take, Reply: reports.TakeReply, Log: reports.Log}
	if s.ResendWebhookSecret != "" {
		reader, err := email.NewReports(s.ResendWebhookSecret, now)
		if err != nil {
			return nil, useError{fmt.Errorf("%sRESEND_WEBHOOK_SECRET: %w", config.Prefix, err)}
		}
		c.Email = reader
	}
	if s.MessageBirdSigningKey != "" {
		reader, err := sms.NewMessageBirdReports(s.MessageBirdSigningKey, s.PublicURL)
		if err != nil {
			return nil, useError{err}
		}
		c.SMS = append(c.SMS, reader)
	}
	if s.BirdWebhookSecret != "" {
		reader, err := sms.NewBirdReports(s.BirdWebhookSecret, now)
		if err != nil {
			return nil, useError{fmt.Errorf("%sBIRD_WEBHOOK_SECRET: %w", config.Prefix, err)}
		}
		c.SMS = append(c.SMS, reader)
	}
	return hooks.New(c), nil
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
	c := message.Config{Store: a.Store, Email: mail, SMS: text, Renderer: message.ByKind{
		Kinds: map[schematype.MessageKind]message.Renderer{
			schematype.CreditsLow:      credit.Mail{Store: a.Store, From: emailFrom(a.Settings), PublicURL: a.Settings.PublicURL},
			schematype.AuditCheckpoint: checkpointmail.Mail{Store: a.Store, From: emailFrom(a.Settings), PublicURL: a.Settings.PublicURL},
			schematype.StaffInvited:    a.staff, schematype.StaffReset: a.staff, schematype.StaffPasswordChanged: a.staff, schematype.StaffSecondFactor: a.staff},
		Otherwise: a.reset,
	}, Credits: a.Credit, Log: a.log, Beat: a.ready.outbox.beat}
	if a.Settings.Email == "resend" {
		c.Pacer = pacer{a.Limiter}
	}
	return message.NewWorker(c)
}

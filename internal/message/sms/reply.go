package sms

import (
	"strings"
	"time"

	"officeportal/internal/message/provider"
)

// The words by which people end or resume texts: those that carriers in the United States name, and what
// Spanish speakers write. Only a text that is nothing else counts.
var (
	stopWords  = []string{"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "alto", "parar", "baja", "cancelar"}
	startWords = []string{"start", "unstop", "yes", "iniciar", "alta", "si"}
)

// readReply says what a text to our number asks for.
func readReply(from, body, service string, at time.Time) (provider.Reply, error) {
	from = "+" + strings.TrimPrefix(strings.TrimSpace(from), "+")
	if !e164.MatchString(from) {
		return provider.Reply{}, provider.ErrIrrelevant // a short code, a name
	}
	r := provider.Reply{Service: service, From: from, At: at}
	said := strings.ToLower(strings.Trim(strings.TrimSpace(body), " .!¡\"'“”«»"))
	said = strings.ReplaceAll(said, "í", "i")
	r.Stop, r.Start = contains(stopWords, said), contains(startWords, said)
	if !r.Stop && !r.Start {
		return provider.Reply{}, provider.ErrIrrelevant
	}
	return r, nil
}

func contains(words []string, said string) bool {
	for _, w := range words {
		if w == said {
			return true
		}
	}
	return false
}

// Package export writes entries of the Audit Log to files that prove themselves: every entry with its place in the
// signed tree, and the checkpoint that the proofs lead to. Who has such a file needs neither the database nor trust in
// it. It streams, with the same memory for any number of entries.
package export

import (
	"maps"
	"slices"
	"strings"
	"time"

	"officeportal/ent/auditentry"
	"officeportal/ent/predicate"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
)

// Filter says which entries; every part that is set must match.
type Filter struct {
	// Business is zero for all of them, which only the command line may ask for.
	Business                      ident.ID
	Actions                       []audit.Action
	ActorID, GuardianID, FamilyID ident.ID
	Channel                       schematype.Channel
	Outcome                       schematype.Outcome
	// From is the first instant, To the first that is too late; zero for no bound.
	From, To time.Time
}

// slack allows for a transaction that ran again and for clocks that differ: ids are made in the order of time, so
// that instants are found by them, but not to the microsecond.
const slack = time.Minute

func (f Filter) predicates() []predicate.AuditEntry {
	// A bound on the id that always holds keeps MariaDB from intersecting two indexes and sorting what it found.
	where := []predicate.AuditEntry{auditentry.IDGT(ident.ID{})}
	add := func(set bool, p predicate.AuditEntry) {
		if set {
			where = append(where, p)
		}
	}
	var actions []string
	for _, a := range f.Actions {
		actions = append(actions, string(a))
	}
	add(!f.Business.IsZero(), auditentry.BusinessID(f.Business))
	add(len(actions) > 0, auditentry.ActionIn(actions...))
	add(!f.ActorID.IsZero(), auditentry.ActorID(f.ActorID))
	add(!f.GuardianID.IsZero(), auditentry.GuardianID(f.GuardianID))
	add(!f.FamilyID.IsZero(), auditentry.FamilyID(f.FamilyID))
	add(f.Channel != "", auditentry.ChannelEQ(f.Channel))
	add(f.Outcome != "", auditentry.OutcomeEQ(f.Outcome))
	if !f.From.IsZero() {
		where = append(where, auditentry.IDGTE(ident.At(f.From.Add(-slack))), auditentry.OccurredAtGTE(f.From))
	}
	if !f.To.IsZero() {
		where = append(where, auditentry.IDLT(ident.At(f.To.Add(slack))), auditentry.OccurredAtLT(f.To))
	}
	return where
}

// Read fills the filter from texts by the names that the API's AuditFilter has; ids are the API's. What is empty counts
// as not given. It returns the name of the first that can't be read, or that no filter has.
func Read(f *Filter, given map[string][]string) (wrong string) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		for _, value := range given[name] {
			if value != "" && !f.read(name, value) {
				return name
			}
		}
	}
	return ""
}

func (f *Filter) read(name, value string) bool {
	ids := map[string]*ident.ID{"actorId": &f.ActorID, "guardianId": &f.GuardianID, "familyId": &f.FamilyID}
	times := map[string]*time.Time{"from": &f.From, "to": &f.To}
	switch {
	case name == "actions":
		for one := range strings.SplitSeq(value, ",") {
			if !slices.Contains(audit.Actions(), audit.Action(one)) {
				return false
			}
			f.Actions = append(f.Actions, audit.Action(one))
		}
		return true
	case ids[name] != nil:
		_, tail, _ := strings.Cut(value, "_")
		id, err := ident.Parse(tail)
		*ids[name] = id
		return err == nil && !id.IsZero()
	case times[name] != nil:
		at, err := time.Parse(time.RFC3339, value)
		*times[name] = at.UTC()
		return err == nil
	case name == "channel":
		f.Channel = schematype.Channel(value)
		return slices.Contains(f.Channel.Values(), value)
	case name == "outcome":
		f.Outcome = schematype.Outcome(value)
		return slices.Contains([]schematype.Outcome{schematype.Succeeded, schematype.WasRefused, schematype.FailedToWork}, f.Outcome)
	}
	return false
}

// Told returns the filter as facts for the Audit Log and for the file.
func (f Filter) Told() map[string]string {
	out := map[string]string{}
	add := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	for _, a := range f.Actions {
		if out["actions"] != "" {
			out["actions"] += " "
		}
		out["actions"] += string(a)
	}
	for name, id := range map[string]ident.ID{"actorId": f.ActorID, "guardianId": f.GuardianID, "familyId": f.FamilyID} {
		if !id.IsZero() {
			out[name] = id.String()
		}
	}
	add("channel", string(f.Channel))
	add("outcome", string(f.Outcome))
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			out[name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	return out
}

package credit_test

import (
	"flag"
	"testing"

	"pgregory.net/rapid"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/credit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
)

// fewer sequences than the 100 that are the default, unless the command line asks for a number: every
// step is a transaction on a real database.
func fewer(t *testing.T, n string) {
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", n); err != nil {
			t.Fatal(err)
		}
	}
}

// The ledger against a model of it in five lines: whatever is done in whatever order, the two agree.
func TestTheLedgerAgreesWithItsModelWhateverHappens(t *testing.T) {
	fewer(t, "20")
	each(t, func(s *school) {
		rapid.Check(t, func(r *rapid.T) {
			start := s.account()
			balance, held, enabled := start.Balance, start.Held, start.Enabled
			state := map[ident.ID]schematype.CreditState{}
			var messages []*ent.Message
			some := func(r *rapid.T) *ent.Message {
				if len(messages) == 0 {
					r.Skip("no message yet")
				}
				return rapid.SampledFrom(messages).Draw(r, "message")
			}
			must := func(err error) {
				if err != nil {
					r.Fatal(err)
				}
			}
			r.Repeat(map[string]func(*rapid.T){
				"add": func(r *rapid.T) {
					n := rapid.IntRange(1, 3).Draw(r, "credits")
					_, _, err := s.credits.Add(s.staff, credit.AddInput{Credits: n, Note: "n", IdempotencyKey: ident.New().String()})
					must(err)
					balance += n
				},
				"switch": func(r *rapid.T) {
					enabled = rapid.IntRange(0, 3).Draw(r, "switch") > 0
					_, err := s.credits.SetEnabled(s.staff, enabled)
					must(err)
				},
				"hold": func(r *rapid.T) {
					m, err := s.hold()
					switch {
					case !enabled:
						if !fault.Is(err, fault.ChannelUnavailable) {
							r.Fatalf("switched off: %v", err)
						}
					case balance == 0:
						if !fault.Is(err, fault.NoCredits) {
							r.Fatalf("no credits: %v", err)
						}
					default:
						must(err)
						messages, state[m.ID] = append(messages, m), schematype.CreditHeld
						balance, held = balance-1, held+1
					}
				},
				"capture": func(r *rapid.T) {
					m := some(r)
					done, err := s.resolve(m, s.credits.Capture)
					must(err)
					if done != (state[m.ID] == schematype.CreditHeld) {
						r.Fatalf("captured %v while %s", done, state[m.ID])
					}
					if done {
						state[m.ID], held = schematype.CreditCaptured, held-1
					}
				},
				"release": func(r *rapid.T) {
					m := some(r)
					done, err := s.resolve(m, s.credits.Release)
					must(err)
					if done != (state[m.ID] == schematype.CreditHeld) {
						r.Fatalf("released %v while %s", done, state[m.ID])
					}
					if done {
						state[m.ID], balance, held = schematype.CreditReturned, balance+1, held-1
					}
				},
				"refund": func(r *rapid.T) {
					m := some(r)
					done, err := s.resolve(m, s.credits.Refund)
					must(err)
					if done != (state[m.ID] == schematype.CreditCaptured) {
						r.Fatalf("refunded %v while %s", done, state[m.ID])
					}
					if done {
						state[m.ID], balance = schematype.CreditReturned, balance+1
					}
				},
				"": func(r *rapid.T) {
					if a := s.account(); a.Balance != balance || a.Held != held {
						r.Fatalf("%d credits, %d held; the model has %d and %d", a.Balance, a.Held, balance, held)
					}
					must(credit.Check(s.system, s.store))
				},
			})
		})
	})
}

package family

import (
	"context"

	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// Policies keeps who has not accepted a policy, which follows from who is in a family.
type Policies interface {
	// FamilyChanged makes it follow from the family as it is in the transaction, which holds the family's row.
	FamilyChanged(ctx context.Context, tx *store.Tx, business, family ident.ID) error
	// Recount has all families of the business looked through after the commit.
	Recount(ctx context.Context, tx *store.Tx, business ident.ID) error
}

// noPolicies is for a service that has to know nothing of them.
type noPolicies struct{}

func (noPolicies) FamilyChanged(context.Context, *store.Tx, ident.ID, ident.ID) error { return nil }
func (noPolicies) Recount(context.Context, *store.Tx, ident.ID) error                 { return nil }

func (s *Service) policies() Policies {
	if s.Policies == nil {
		return noPolicies{}
	}
	return s.Policies
}

package demo

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/staffmember"
	"officeportal/internal/contact"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// SignIns returns whom one can sign in as when the database holds the demo business from an earlier start,
// else nil.
func SignIns(ctx context.Context, d Deps) ([]SignIn, error) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "the demo sign-ins are printed at every start")
	owner, err := d.Store.Client.StaffMember.Query().
		Where(staffmember.EmailKeyIn(address(members[0].email).Keys(d.Ring)...)).WithBusiness().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if owner.Edges.Business.Slug != Slug {
		return nil, nil
	}
	w := &world{Deps: d, business: owner.Edges.Business, people: map[string]*ent.Guardian{}}
	ben, err := d.Store.Client.Guardian.Query().
		Where(guardian.BusinessID(owner.BusinessID), guardian.EmailKeyIn(address(benEmail).Keys(d.Ring)...)).First(ctx)
	if ent.IsNotFound(err) { // the visitor gave him another address
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w.people[benEmail] = ben
	return w.signIns(), nil
}

func address(of string) contact.Email {
	email, _ := contact.ParseEmail(of)
	return email
}

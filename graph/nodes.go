package graph

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/smsaccount"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
	"officeportal/internal/viewer"
)

// typeNames are the names of the types behind the prefixes.
var typeNames = map[string]string{
	prefixFamily: "Family", prefixGuardian: "Guardian", prefixStudent: "Student", prefixStaff: "Staff",
	prefixReset: "PasswordResetRequest", prefixCredit: "SmsCreditEntry", prefixAccount: "SmsAccount", prefixAudit: "AuditEntry",
	prefixToken:  "ApiToken",
	prefixPolicy: "Policy", prefixVersion: "PolicyVersion", prefixAccepted: "PolicyAcceptance", prefixScan: "PolicyScan",
}

// node finds any object; nil when it does not exist or is not visible to the viewer, which look the same.
func (r *Resolver) node(ctx context.Context, prefix string, id ident.ID) (model.Node, error) {
	v := viewer.From(ctx)
	l := loadersFrom(ctx)
	switch prefix {
	case prefixFamily, prefixGuardian, prefixStudent:
		if !mayReadFamilies(v) {
			return nil, nil
		}
	case prefixPolicy, prefixVersion, prefixAccepted:
		return r.policyNode(ctx, prefix, id)
	default:
		if v.Kind != viewer.StaffMember {
			return nil, nil
		}
	}
	switch prefix {
	case prefixFamily:
		return found(l.families.load(ctx, id))
	case prefixGuardian:
		return found(l.guardians.load(ctx, id))
	case prefixStudent:
		return found(l.students.load(ctx, id))
	case prefixStaff:
		return found(l.staff.load(ctx, id))
	case prefixReset:
		if !mayReadFamilies(v) && !v.Can(viewer.PasswordResetSend) {
			return nil, nil
		}
		return found(l.resets.load(ctx, id))
	case prefixCredit:
		return found(l.credits.load(ctx, id))
	case prefixAccount:
		return first(r.Store.Client.SmsAccount.Query().Where(smsaccount.ID(id)).Only(ctx))
	case prefixScan:
		if !v.Can(viewer.PoliciesManage) && !v.Can(viewer.FamiliesRead) && !v.Can(viewer.AuditRead) {
			return nil, nil
		}
		return first(r.Policies.ScanFacts(ctx, id))
	case prefixAudit:
		return r.auditEntry(ctx, id)
	case prefixToken:
		return found(l.tokens.load(ctx, id))
	}
	return nil, nil
}

// auditEntry is visible to those who may read the Audit Log, and to those who may see the family it is about.
func (r *Resolver) auditEntry(ctx context.Context, id ident.ID) (model.Node, error) {
	v := viewer.From(ctx)
	if !v.Can(viewer.AuditRead) && !v.Can(viewer.FamiliesRead) {
		return nil, nil
	}
	q := r.Store.Client.AuditEntry.Query().Where(auditentry.ID(id))
	if !v.Can(viewer.AuditRead) {
		q.Where(auditentry.FamilyIDNotNil())
	}
	return first(q.Only(ctx))
}

// ofRequest returns where an entry of the Audit Log came from. Who sees no more of the log than what happened
// to a family is not told: it says where parents live and which phones they have.
func (r *Resolver) ofRequest(ctx context.Context, fact string) *string {
	if !viewer.From(ctx).Can(viewer.AuditRead) {
		return nil
	}
	return optional(fact)
}

// subject is the object an audit entry is about. Nothing is read when only its id is asked for.
func (r *Resolver) subject(ctx context.Context, prefix string, id ident.ID) (model.Node, error) {
	if id.IsZero() || !selectsOnly(ctx, typeNames[prefix], "id") {
		return r.node(ctx, prefix, id)
	}
	switch prefix {
	case prefixFamily:
		return &ent.Family{ID: id}, nil
	case prefixGuardian:
		return &ent.Guardian{ID: id}, nil
	case prefixStudent:
		return &ent.Student{ID: id}, nil
	case prefixStaff:
		return &ent.StaffMember{ID: id}, nil
	case prefixReset:
		return &passwordreset.Request{Token: &ent.ResetToken{ID: id}}, nil
	case prefixCredit:
		return &ent.CreditEntry{ID: id}, nil
	case prefixAccount:
		return &ent.SmsAccount{ID: id}, nil
	case prefixToken:
		return &ent.APIToken{ID: id}, nil
	case prefixPolicy:
		return &ent.BusinessPolicy{ID: id}, nil
	case prefixVersion:
		return &ent.PolicyVersion{ID: id}, nil
	case prefixAccepted:
		return &ent.PolicyAcceptance{ID: id}, nil
	case prefixScan:
		return &ent.PolicyScan{ID: id}, nil
	}
	return nil, nil
}

func found[T any](row T, ok bool, err error) (model.Node, error) {
	if err != nil || !ok {
		return nil, err
	}
	return row, nil
}

func first[T any](row *T, err error) (model.Node, error) {
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return found(row, row != nil && err == nil, err)
}

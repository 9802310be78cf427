package graph

import (
	"context"
	"errors"
	"reflect"

	"github.com/99designs/gqlgen/graphql"

	"officeportal/ent/privacy"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// actionOf says under which action the refusal of a mutation is told. A mutation that is not here, and whose domain
// does not record what it refuses, is told as REQUEST_REFUSED.
var actionOf = map[string]audit.Action{
	"createFamily": audit.FamilyCreated, "updateFamily": audit.FamilyChanged, "archiveFamily": audit.FamilyArchived, "restoreFamily": audit.FamilyArchived,
	"addGuardian": audit.GuardianAdded, "updateGuardian": audit.GuardianChanged, "setGuardianLoginAccess": audit.LoginAccessChanged,
	"archiveGuardian": audit.GuardianArchived, "restoreGuardian": audit.GuardianArchived,
	"addStudent": audit.StudentAdded, "updateStudent": audit.StudentChanged, "archiveStudent": audit.StudentArchived, "restoreStudent": audit.StudentArchived,
	"requestPasswordReset": audit.PasswordResetRequested, "changePassword": audit.PasswordChanged,
	"addSmsCredits": audit.SMSCreditsChanged, "setSmsEnabled": audit.SMSSettingChanged,
}

// audited sees to it that no refused mutation of somebody signed in is missing from the Audit Log: where nothing was
// recorded while it ran, it records the refusal. When that fails, so does the mutation. Refusals of strangers are the
// domains' to record or to count: here they could fill the log.
type audited struct{ store *store.Store }

// ExtensionName implements graphql.HandlerExtension.
func (audited) ExtensionName() string { return "Audited" }

// Validate implements graphql.HandlerExtension.
func (audited) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptField implements graphql.FieldInterceptor.
func (a audited) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	v := viewer.From(ctx)
	if fc.Object != "Mutation" || v.Kind != viewer.StaffMember && v.Kind != viewer.Guardian {
		return next(ctx)
	}
	ctx, watch := audit.WithWatch(ctx)
	out, err := next(ctx)
	code := refusedWith(out, err)
	if code == "" || watch.Any() {
		return out, err
	}
	action, ok := actionOf[fc.Field.Name]
	if !ok {
		action = audit.RequestRefused
	}
	r := audit.Refusal{Action: action, Request: fc.Field.Name, Reason: code,
		Guardian: named(fc.Args, "GuardianID", prefixGuardian), Family: named(fc.Args, "FamilyID", prefixFamily), Student: named(fc.Args, "StudentID", prefixStudent)}
	if recordErr := audit.RecordRefusal(ctx, a.store, r); recordErr != nil {
		return nil, recordErr
	}
	return out, err
}

// refusedWith returns the code of a refusal: the first error of a payload, or a top-level one. It is empty when the
// mutation was done, or failed for a reason that is not the caller's.
func refusedWith(out any, err error) string {
	var own *refused
	refusal := fault.As(err)
	switch {
	case errors.As(err, &own):
		return own.code
	case refusal != nil && len(refusal.Fields) > 0:
		return string(refusal.Fields[0].Code)
	case errors.Is(err, privacy.Deny):
		return codeForbidden
	case errors.Is(err, ratelimit.ErrLimited):
		return codeRateLimited
	case err != nil || out == nil:
		return ""
	}
	payload := reflect.Indirect(reflect.ValueOf(out))
	if payload.Kind() != reflect.Struct {
		return ""
	}
	errs := payload.FieldByName("Errors")
	if !errs.IsValid() || errs.Kind() != reflect.Slice || errs.Len() == 0 {
		return ""
	}
	first := reflect.Indirect(errs.Index(0).Elem())
	if code := first.FieldByName("Code"); code.IsValid() {
		return code.String()
	}
	return codeBadInput
}

// named returns the id that the input names under the field, zero for none.
func named(args map[string]any, field, prefix string) ident.ID {
	input := reflect.Indirect(reflect.ValueOf(args["input"]))
	if !input.IsValid() || input.Kind() != reflect.Struct {
		return ident.ID{}
	}
	f := input.FieldByName(field)
	if f.IsValid() && f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if !f.IsValid() || f.Kind() != reflect.String {
		return ident.ID{}
	}
	return decodeID(prefix, f.String())
}

package graph

import (
	"context"
	"slices"

	"officeportal/ent"
	"officeportal/graph/model"
	"officeportal/internal/fault"
	"officeportal/internal/link"
	"officeportal/internal/passwordreset"
	"officeportal/internal/text"
)

// answered splits what a domain returned into the result and the errors of a payload: exactly one of the
// two is filled. What is no expected failure stays an error, for the presenter.
func answered[T any](ctx context.Context, result *T, err error) (*T, []model.UserError, error) {
	if err == nil {
		return result, []model.UserError{}, nil
	}
	errs, err := refusals(ctx, err)
	return nil, errs, err
}

// topLevel are the faults that say that the caller is wrong, not the input of a form.
var topLevel = []fault.Code{fault.Unauthenticated, fault.Forbidden, fault.BadInput, fault.Unavailable}

func refusals(ctx context.Context, err error) ([]model.UserError, error) {
	refusal := fault.As(err)
	if refusal == nil || len(refusal.Fields) == 0 {
		return nil, err
	}
	out := make([]model.UserError, 0, len(refusal.Fields))
	for _, f := range refusal.Fields {
		if slices.Contains(topLevel, f.Code) {
			return nil, err
		}
		out = append(out, userError(ctx, f))
	}
	return out, nil
}

func userError(ctx context.Context, f fault.Field) model.UserError {
	message := text.Say(localeOf(ctx), f.Text, f.Args)
	option, hasOption := fact[passwordreset.Option](f.Option)
	link, hasLink := fact[link.Link](f.Link)
	switch {
	case f.Code == fault.NoCredits:
		return model.NoCreditsError{Code: f.Code, Message: message, Path: f.Path, Balance: f.Balance, Required: max(f.Needed, 1)}
	case hasOption:
		return model.ChannelUnavailableError{Code: f.Code, Message: optionMessage(ctx, option, nowOf(ctx)), Path: f.Path, Option: option}
	case hasLink:
		return model.LinkUnusableError{Code: f.Code, Message: message, Path: f.Path, Link: link}
	case f.Code == fault.NotCurrentVersion:
		out := model.NotCurrentVersionError{Code: f.Code, Message: message, Path: f.Path}
		out.Current, _ = f.Current.(*ent.PolicyVersion)
		return out
	case f.Code == fault.StaleVersion:
		out := model.StaleVersionError{Code: f.Code, Message: message, Path: f.Path, CurrentVersion: f.Version}
		if who, ok := f.ChangedBy.(*ent.StaffMember); ok && who != nil {
			out.ChangedBy = who
		}
		if !f.ChangedAt.IsZero() {
			out.ChangedAt = &f.ChangedAt
		}
		return out
	default:
		return model.FieldError{Code: f.Code, Message: message, Path: f.Path}
	}
}

// fact reads what a fault carries for clients, by value or by pointer.
func fact[T any](v any) (out T, ok bool) {
	switch v := v.(type) {
	case T:
		return v, true
	case *T:
		if v != nil {
			return *v, true
		}
	}
	return out, false
}

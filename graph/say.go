package graph

import (
	"context"

	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

type localeKey struct{}

// withLocale keeps the language that the request asks for.
func withLocale(ctx context.Context, accept string) context.Context {
	return context.WithValue(ctx, localeKey{}, text.Match(accept))
}

// localeOf is the viewer's language, else the one the request asks for.
func localeOf(ctx context.Context) string {
	if l := viewer.From(ctx).Locale; l != "" {
		return l
	}
	l, _ := ctx.Value(localeKey{}).(string)
	return l
}

// say returns a sentence of the catalog; args are pairs of a placeholder and its value.
func say(ctx context.Context, key string, args ...any) string {
	filled := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		filled[args[i].(string)] = args[i+1]
	}
	return text.Say(localeOf(ctx), key, filled)
}

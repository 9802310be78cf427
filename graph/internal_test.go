package graph

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/parser"

	"github.com/vektah/gqlparser/v2/ast"

	"officeportal/ent"
	"officeportal/graph/generated"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
	"officeportal/internal/viewer"
)

func TestEveryOptionSaysWhyItCannotBeUsed(t *testing.T) {
	now := time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)
	guardian := &ent.Guardian{Name: "Maria Guadalupe Lopez"}
	for _, c := range []struct {
		option passwordreset.Option
		en, es string
	}{
		{passwordreset.Option{Available: true}, "", ""},
		{passwordreset.Option{Unavailable: passwordreset.NoPermission}, "You don't have permission to send this. Ask an administrator.", "No tiene permiso para enviar esto. Pregunte a un administrador."},
		{passwordreset.Option{Unavailable: passwordreset.CannotLogIn}, "Maria can't log in to the Customer Portal.", "Maria no puede iniciar sesión en el portal de clientes."},
		{passwordreset.Option{Unavailable: passwordreset.NoEmail}, "No email address on this profile.", "No hay dirección de correo en este perfil."},
		{passwordreset.Option{Unavailable: passwordreset.NoPhone}, "No mobile number on this profile.", "No hay número de móvil en este perfil."},
		{passwordreset.Option{Unavailable: passwordreset.EmailBounced}, "This email address does not exist. Edit the address first.", "Esta dirección de correo no existe. Corrija primero la dirección."},
		{passwordreset.Option{Unavailable: passwordreset.PhoneNotMobile}, "This number can't receive text messages.", "Este número no puede recibir mensajes de texto."},
		{passwordreset.Option{Unavailable: passwordreset.PhoneOptedOut}, "This number has opted out of text messages (STOP).", "Este número se dio de baja de los mensajes de texto (STOP)."},
		{passwordreset.Option{Unavailable: passwordreset.SMSDisabled}, "Text messaging is turned off for this account.", "Los mensajes de texto están desactivados en esta cuenta."},
		{passwordreset.Option{Unavailable: passwordreset.NoCredits}, "No SMS credits left.", "No quedan créditos de SMS."},
		{passwordreset.Option{Unavailable: passwordreset.SecondStaffRequired}, "You changed this contact. Someone else in the office has to send the link.", "Usted cambió este contacto. Otra persona de la oficina debe enviar el enlace."},
		{passwordreset.Option{Unavailable: passwordreset.InCooldown, RetryAt: now.Add(40 * time.Second)}, "Sent just now. You can send again in 40 seconds.", "Se acaba de enviar. Puede enviar de nuevo en 40 segundos."},
		{passwordreset.Option{Unavailable: passwordreset.InCooldown, RetryAt: now.Add(39*time.Second + 1)}, "Sent just now. You can send again in 40 seconds.", "Se acaba de enviar. Puede enviar de nuevo en 40 segundos."},
		{passwordreset.Option{Unavailable: passwordreset.InCooldown, RetryAt: now}, "Sent just now. You can send again in 1 second.", "Se acaba de enviar. Puede enviar de nuevo en 1 segundo."},
		{passwordreset.Option{Unavailable: passwordreset.LimitReached, LimitCount: 5, RetryAt: time.Date(2026, 3, 3, 21, 10, 0, 0, time.UTC)}, "5 resets were sent in the last hour. Try again at 3:10 PM.", "Se enviaron 5 restablecimientos en la última hora. Inténtelo de nuevo a las 3:10 p. m."},
		{passwordreset.Option{Unavailable: passwordreset.LimitReached, RetryAt: time.Date(2026, 3, 3, 6, 5, 0, 0, time.UTC)}, "Too many resets were sent. Try again at 12:05 AM.", "Se enviaron demasiados restablecimientos. Inténtelo de nuevo a las 12:05 a. m."},
	} {
		c.option.Guardian = guardian
		for locale, want := range map[string]string{"en": c.en, "es": c.es} {
			ctx := viewer.With(t.Context(), viewer.Viewer{Locale: locale, Business: viewer.Business{TimeZone: "America/Chicago"}})
			if got := optionMessage(ctx, c.option, now); got != want {
				t.Errorf("%s in %s: %q, want %q", c.option.Unavailable, locale, got, want)
			}
		}
	}
}

func TestABatchAsksOnceForWhatWasExpectedTogether(t *testing.T) {
	ids := []ident.ID{ident.New(), ident.New(), ident.New()}
	stranger := ident.New()
	var mu sync.Mutex
	var asked [][]ident.ID
	b := byID(func(_ context.Context, ids []ident.ID) (map[ident.ID]string, error) {
		mu.Lock()
		asked = append(asked, ids)
		mu.Unlock()
		out := map[ident.ID]string{}
		for _, id := range ids {
			out[id] = id.String()
		}
		delete(out, ids[len(ids)-1])
		return out, nil
	})
	b.expect(append(ids, ids[0], ident.ID{})...)
	b.expect(ids[1])
	var wg sync.WaitGroup
	for _, id := range append(ids, ids...) {
		wg.Go(func() {
			got, ok, err := b.load(t.Context(), id)
			if err != nil || ok == (id == ids[2]) || ok && got != id.String() {
				t.Errorf("%s: %q %v %v", id, got, ok, err)
			}
		})
	}
	wg.Wait()
	if len(asked) != 1 || len(asked[0]) != 3 {
		t.Errorf("asked %v", asked)
	}
	if _, ok, _ := b.load(t.Context(), ident.ID{}); ok || len(asked) != 1 {
		t.Error("the zero id was looked for")
	}
	if _, _, err := b.load(t.Context(), stranger); err != nil || len(asked) != 2 || len(asked[1]) != 1 {
		t.Errorf("what nobody expected was asked for as %v", asked)
	}
}

func TestABatchThatEndsEarlyIsAnErrorForEverybody(t *testing.T) {
	b := byID(func(context.Context, []ident.ID) (map[ident.ID]string, error) { panic("bug") })
	id := ident.New()
	func() {
		defer func() { _ = recover() }()
		_, _, _ = b.load(t.Context(), id)
	}()
	if _, ok, err := b.load(t.Context(), id); ok || !errors.Is(err, errFetch) {
		t.Errorf("%v %v", ok, err)
	}
}

func TestDocumentsWithTextsInThemAreNotKept(t *testing.T) {
	d := newDocuments(2)
	for query, kept := range map[string]bool{
		`{ viewer { permissions } }`: true,
		`mutation { signIn(input: {email: "a@example.com", password: "planted-secret"}) { errors { code } } }`: false,
		`query($t: String = "planted-secret") { passwordResetLink(token: $t) { state } }`:                      false,
		`query { ...f } fragment f on Query { passwordResetLink(token: """planted""") { state } }`:             false,
		`query { ... on Query { passwordResetLink(token: "x") { state } } }`:                                   false,
		`query($t: String!) { passwordResetLink(token: $t) { state } }`:                                        true,
	} {
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		d.Add(t.Context(), query, doc)
		if _, ok := d.Get(t.Context(), query); ok != kept {
			t.Errorf("kept %v: %s", ok, query)
		}
	}
}

func TestTheOldestDocumentMakesPlace(t *testing.T) {
	d := newDocuments(2)
	for _, q := range []string{"{a}", "{b}", "{a}", "{c}"} {
		doc, err := parser.ParseQuery(&ast.Source{Input: q})
		if err != nil {
			t.Fatal(err)
		}
		d.Get(t.Context(), q)
		d.Add(t.Context(), q, doc)
	}
	for q, want := range map[string]bool{"{a}": true, "{b}": false, "{c}": true} {
		if _, ok := d.Get(t.Context(), q); ok != want {
			t.Errorf("%s: %v", q, ok)
		}
	}
}

func FuzzTheBodyIsReadOrRefusedWithoutRepeatingIt(f *testing.F) {
	for _, seed := range []string{`{"query":"{a}"}`, `{"query":"{a}","variables":{"a":1},"operationName":null}`, `[]`, `{"query":`, ``, `null`, `{"query":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, id, refusal := readParams(body)
		if (p == nil) == (refusal == nil) || p != nil && p.Query == "" && id == "" {
			t.Fatalf("%v %v", p, refusal)
		}
	})
}

// Whatever takes a secret or a key is tried once in a request: a new mutation that does has to be listed.
func TestNothingThatSendsSpendsOrTriesASecretIsDoneTwiceInOneRequest(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	secret := regexp.MustCompile(`(?i)^(.*password|token|code|totp|recoveryCode|passkey|idempotencyKey)$`)
	found := 0
	for _, f := range schema.Mutation.Fields {
		for _, arg := range f.Arguments {
			for _, in := range schema.Types[arg.Type.Name()].Fields {
				if !secret.MatchString(in.Name) {
					continue
				}
				found++
				if !slices.Contains(sending, f.Name) {
					t.Errorf("%s takes %s and may stand in a request twice", f.Name, in.Name)
				}
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d secrets and keys were found", found)
	}
	for _, name := range sending {
		if schema.Mutation.Fields.ForName(name) == nil {
			t.Errorf("%s is no mutation", name)
		}
	}
}

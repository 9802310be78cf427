// Command go lists families, sends the first guardian who can get one a link by email, and waits for what becomes of
// it. OFFICE_URL is the origin of the Office Portal, OFFICE_TOKEN an API token with FAMILIES_READ and
// PASSWORD_RESET_SEND. Its types are made by genqlient from operations.graphql.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/Khan/genqlient/graphql"
)

//go:generate go tool genqlient

// bearer sends the token with every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := graphql.NewClient(os.Getenv("OFFICE_URL")+"/graphql", &http.Client{Transport: bearer(os.Getenv("OFFICE_TOKEN"))})
	if err := run(ctx, client); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, client graphql.Client) error {
	listed, err := Families(ctx, client, 50)
	if err != nil {
		return err
	}
	guardian := ""
	for _, edge := range listed.Families.Edges {
		fmt.Println("family", edge.Node.Name)
		for _, g := range edge.Node.Guardians {
			for _, o := range g.PasswordResetOptions {
				if guardian == "" && o.Channel == ChannelEmail && o.Available {
					guardian = g.Id
				}
			}
		}
	}
	// One key for one intention: who gets no answer sends the same again, and nothing is sent twice.
	sent, err := SendLink(ctx, client, guardian, rand.Text())
	if err != nil {
		return err
	}
	for _, e := range sent.RequestPasswordReset.Errors {
		return fmt.Errorf("refused: %s: %s", e.GetCode(), e.GetMessage())
	}
	for pause := time.Second; ; pause *= 2 {
		now, err := Outcome(ctx, client, sent.RequestPasswordReset.Request.Id)
		if err != nil {
			return err
		}
		reset, ok := now.Node.(*OutcomeNodePasswordResetRequest)
		if !ok {
			return fmt.Errorf("the reset is gone")
		}
		if reset.Delivery != DeliveryStateQueued && reset.Delivery != DeliveryStateSending {
			fmt.Println("outcome", reset.Delivery, reset.State)
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

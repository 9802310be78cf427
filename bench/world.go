// Command bench measures what people wait for, over real HTTP against the real product, at two sizes on both
// databases, and prints one table. Nothing in it is a test: tests never assert on time.
//
//	go run ./bench [-small 1000] [-large 100000] [-entries 1000000] [-requests 300] [-databases sqlite,mariadb]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/identity"
	"officeportal/internal/store/dbtest/mariadb"
)

const password = "copper lantern meadow"

// desks is the number of staff members: one alone may send thirty links an hour, and the limits stay in force.
const desks = 24

func address(desk int) string { return fmt.Sprintf("bench%d@sunrise.example", desk) }

// world is one running product with data of one size.
type world struct {
	app   *app.App
	ahead atomic.Int64 // nanoseconds by which the product's clock is ahead, so that limits don't end a long benchmark
	desks [desks]*http.Client
	stop  func()
}

// open makes a database of the given size, starts the product on it and signs in at every desk.
func open(ctx context.Context, database string, families, entries int) (_ *world, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	cleanup := []func(){func() { _ = os.RemoveAll(dir) }}
	undo := func() {
		for i := len(cleanup) - 1; i >= 0; i-- {
			cleanup[i]()
		}
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	url := "sqlite:" + filepath.Join(dir, "bench.db")
	if database == "mariadb" {
		server, err := mariadb.Start(ctx, mariadb.Options{TCP: true, Args: []string{"--innodb-buffer-pool-size=1G"}})
		if err != nil {
			return nil, err
		}
		cleanup = append(cleanup, server.Stop)
		if url, err = fresh(ctx, server); err != nil {
			return nil, err
		}
	}
	s, err := config.Load([]string{
		"OFFICEPORTAL_LISTEN=127.0.0.1:0", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:0", "OFFICEPORTAL_DOCUMENTS=any", "OFFICEPORTAL_PUBLIC_URL=http://localhost:0",
		"OFFICEPORTAL_DATABASE_URL=" + url, "OFFICEPORTAL_SECRET_KEY=a-root-secret-for-measuring-only-0123456789", "OFFICEPORTAL_DEMO=off",
	}, nil)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, s, families, entries); err != nil {
		return nil, err
	}
	w := &world{stop: undo}
	clock := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	a, err := app.New(ctx, s, app.Options{Log: slog.New(slog.DiscardHandler), Clock: clock})
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { _ = a.Run(running); close(done) }()
	cleanup = append(cleanup, func() { cancel(); <-done; _ = a.Close() })
	w.app = a
	for i := range w.desks {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		w.desks[i] = &http.Client{Jar: jar, Timeout: time.Minute}
		if _, err := w.do(ctx, i, signIn, map[string]any{"i": map[string]any{"email": address(i), "password": password}}); err != nil {
			return nil, err
		}
	}
	return w, nil
}

const signIn = `mutation($i:SignInInput!){signIn(input:$i){errors{message}}}`

// prepare fills the database as an administrator would, with the same commands.
func prepare(ctx context.Context, s config.Settings, families, entries int) error {
	if _, err := app.Migrate(ctx, s); err != nil {
		return err
	}
	t, err := app.OpenTools(ctx, s, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer t.Close()
	if _, err := t.CreateBusiness(ctx, identity.BusinessInput{Slug: "sunrise", Name: "Sunrise Gymnastics", TimeZone: "America/Chicago", Country: "US", Phone: "+13125550100", SMSEnabled: true}); err != nil {
		return err
	}
	for i := range desks {
		if _, err := t.Identity.CreateStaff(ctx, identity.StaffInput{Business: "sunrise", Email: address(i), Name: "Bench", Owner: true, Password: password}); err != nil {
			return err
		}
	}
	return t.Seed(ctx, "sunrise", families, entries, 1, io.Discard)
}

// do sends one document and returns the answer's body; errors of any kind end the measurement.
func (w *world) do(ctx context.Context, desk int, query string, variables map[string]any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.app.URL()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	r.Header.Set("X-Portal", "office")
	res, err := w.desks[desk%desks].Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK || strings.Contains(string(raw), `"message"`) {
		return nil, fmt.Errorf("%d: %.400s", res.StatusCode, raw)
	}
	return raw, nil
}

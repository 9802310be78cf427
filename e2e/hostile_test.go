package e2e_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"officeportal/internal/viewer"
)

// endless is a body that says nothing of its length and never ends by itself.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, bytes.Repeat([]byte("opensesame "), 1+len(p)/11))
	e.left -= n
	return n, nil
}

// The documents are refused by tests of the API; this is about what stands before it, for everybody at every door.
func TestHostileRequestsAreRefusedInFewWordsAtEveryDoor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		program := owner.program(viewer.FamiliesRead)
		packed := func(n int) io.Reader {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, err := io.Copy(z, &endless{n})
			w.must(err)
			w.must(z.Close())
			return &b
		}
		type request struct {
			path, kind, encoding string
			body                 io.Reader
			header               int
			status               []int
		}
		for name, make := range map[string]func() request{
			"a document without end": func() request { return request{"/graphql", "application/json", "", &endless{8 << 20}, 0, []int{413}} },
			"a document that unpacks without end": func() request {
				return request{"/graphql", "application/json", "gzip", packed(50 << 20), 0, []int{415}}
			},
			"a batch of documents": func() request {
				return request{"/graphql", "application/json", "", strings.NewReader(`[{"query":"opensesame"},{"query":"opensesame"}]`), 0, []int{400}}
			},
			"a file": func() request {
				return request{"/graphql", "multipart/form-data; boundary=x", "", &endless{8 << 20}, 0, []int{415}}
			},
			"a header without end": func() request {
				return request{"/graphql", "application/json", "", strings.NewReader(`{}`), 200 << 10, []int{431}}
			},
			"an event of a mail service without end": func() request {
				return request{"/hooks/email", "application/json", "", &endless{8 << 20}, 0, []int{400, 401, 413}}
			},
			"an event that unpacks without end": func() request {
				return request{"/hooks/email", "application/json", "gzip", packed(50 << 20), 0, []int{400, 401, 413}}
			},
			"an event of a text service without end": func() request {
				return request{"/hooks/sms", "application/json", "", &endless{8 << 20}, 0, []int{400, 401, 404, 405, 413}}
			},
			"a page that is posted to": func() request {
				return request{"/portal/sunrise/sign-in", "application/json", "", &endless{8 << 20}, 0, []int{404, 405}}
			},
			"the schema, posted to": func() request {
				return request{"/schema.graphql", "application/json", "", &endless{1 << 20}, 0, []int{404, 405}}
			},
			"a path that is a document of its own": func() request {
				return request{"/" + strings.Repeat("opensesame/", 1000), "application/json", "", nil, 0, []int{404, 405, 414}}
			},
			"a question of a document in the address": func() request {
				return request{"/graphql?query=" + strings.Repeat("opensesame", 500), "application/json", "", strings.NewReader(`{}`), 0, []int{400}}
			},
		} {
			for who, client := range map[string]*http.Client{"nobody": {}, "the owner": owner.http, "a program": program.http} {
				c := make()
				r, err := http.NewRequestWithContext(w.patience(), http.MethodPost, w.app.URL()+c.path, c.body)
				w.must(err)
				r.Header.Set("Content-Type", c.kind)
				r.Header.Set("X-Portal", "office")
				if c.encoding != "" {
					r.Header.Set("Content-Encoding", c.encoding)
				}
				if c.header > 0 {
					r.Header.Set("X-Long", strings.Repeat("opensesame", c.header/10))
				}
				if who == "a program" {
					r.Header.Set("Authorization", "Bearer "+program.secret)
				}
				res, err := client.Do(r)
				if err != nil { // it hung up on what it would not read
					if c.body == nil && c.header == 0 {
						t.Errorf("%s, %s: %v", name, who, err)
					}
					continue
				}
				raw, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || !slices.Contains(c.status, res.StatusCode) || len(raw) >= 1024 {
					t.Errorf("%s, %s: %d, %d bytes, %v: %.200s", name, who, res.StatusCode, len(raw), err, raw)
				}
				if strings.Contains(string(raw), "opensesame") {
					t.Errorf("%s, %s: repeats what was sent: %.200s", name, who, raw)
				}
			}
		}
		if strings.Contains(w.log.String(), "opensesame") {
			t.Error("the log repeats what was sent")
		}
	})
}

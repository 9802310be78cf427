package dev

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"officeportal/internal/message/provider"
)

// Path is where Handler expects to be served; everything it answers lies at or below it, or begins
// with it and a dot.
const Path = "/dev/messages"

//go:embed messages.gohtml
var pageSource string

//go:embed messages.css
var stylesheet []byte

var pages = template.Must(template.New("messages").Parse(pageSource))

// The page itself needs its style sheet and the frame; the frame needs the styles inside the e-mail.
// The sandbox keeps an e-mail from doing anything but opening its links, each in a tab of its own
// that is an ordinary one.
const (
	pagePolicy  = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	framePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
		"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)

// Handler serves, only for GET and HEAD:
//
//	/dev/messages             the list and the newest message
//	/dev/messages/{id}        the list and that message
//	/dev/messages/{id}/html   the HTML part of an e-mail, for the frame
//	/dev/messages.json        everything, newest first, as {"messages": […]} of Kept
//	/dev/messages.css
//
// It sets its own Content-Security-Policy, X-Frame-Options and Referrer-Policy; what wraps it must
// not overwrite them.
func (b *Box) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, r *http.Request) {
		all := b.Messages()
		if len(all) == 0 {
			show(w, http.StatusOK, all, nil)
			return
		}
		show(w, http.StatusOK, all, &all[0])
	})
	mux.HandleFunc("GET "+Path+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		k, ok := b.find(r.PathValue("id"))
		if !ok {
			show(w, http.StatusNotFound, b.Messages(), nil)
			return
		}
		show(w, http.StatusOK, b.Messages(), &k)
	})
	mux.HandleFunc("GET "+Path+"/{id}/html", func(w http.ResponseWriter, r *http.Request) {
		k, ok := b.find(r.PathValue("id"))
		if !ok || k.HTML == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", framePolicy)
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(openOutside(k.HTML)))
	})
	mux.HandleFunc("GET "+Path+".json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(map[string]any{"messages": b.Messages()})
	})
	mux.HandleFunc("GET "+Path+".css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(stylesheet)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		mux.ServeHTTP(w, r)
	})
}

// piece is a stretch of text; Link is true when it is a web address.
type piece struct {
	Text string
	Link bool
}

// row is a line of the list.
type row struct {
	Kept
	Label   string
	Time    string
	Stamp   string
	Current bool
}

type view struct {
	Rows    []row
	Shown   *row
	Missing bool
	Pieces  []piece
	Problem string
}

func show(w http.ResponseWriter, status int, all []Kept, shown *Kept) {
	v := view{Missing: status == http.StatusNotFound}
	for _, k := range all {
		r := asRow(k)
		r.Current = shown != nil && shown.ID == k.ID
		v.Rows = append(v.Rows, r)
	}
	if shown != nil {
		r := asRow(*shown)
		v.Shown, v.Pieces, v.Problem = &r, pieces(shown.Text), problemText(shown.Problem)
	}
	var out bytes.Buffer
	if err := pages.Execute(&out, v); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

func asRow(k Kept) row {
	label := k.Subject
	if k.Channel == ChannelSMS {
		label = k.Text
	}
	return row{Kept: k, Label: label, Time: k.SentAt.Local().Format("Jan 2, 3:04:05 PM MST"), Stamp: k.SentAt.UTC().Format(time.RFC3339)}
}

func problemText(p provider.Problem) string {
	switch p {
	case "":
		return ""
	case provider.AddressNotFound:
		return "Refused: the email address does not exist."
	case provider.NumberInvalid:
		return "Refused: the number can't receive this message."
	default:
		return "Refused."
	}
}

// webAddress matches as phones do: up to a blank, without the punctuation of the sentence around it.
var webAddress = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)\]]`)

func links(text string) []string {
	found := webAddress.FindAllString(text, -1)
	if found == nil {
		return []string{}
	}
	return found
}

func pieces(text string) []piece {
	var out []piece
	at := 0
	for _, m := range webAddress.FindAllStringIndex(text, -1) {
		out = append(out, piece{Text: text[at:m[0]]}, piece{Text: text[m[0]:m[1]], Link: true})
		at = m[1]
	}
	return append(out, piece{Text: text[at:]})
}

// openOutside makes every link of an e-mail open in a new tab: inside the frame the portal would
// refuse to be shown.
func openOutside(html string) string {
	const base = `<base target="_blank">`
	if before, after, found := strings.Cut(html, "<head>"); found {
		return before + "<head>" + base + after
	}
	return base + html
}

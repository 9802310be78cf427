package providertest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The secrets that reports are signed with.
const (
	ResendSecret      = "whsec_cmVzZW5kLXNpZ25pbmctc2VjcmV0LTMyLWJ5dGVz"
	BirdSecret        = "whsec_YmlyZC1zaWduaW5nLXNlY3JldC0zMi1ieXRlcy4u"
	MessageBirdSecret = "messagebird-signing-key"
)

// EventID returns a name for a report that no other has.
func EventID() string {
	raw := make([]byte, 12)
	_, _ = rand.Read(raw)
	return "msg_" + hex.EncodeToString(raw)
}

// Standard returns a POST signed by the Standard Webhooks scheme; prefix is that of its headers, "svix-" or
// "webhook-".
func Standard(address, prefix, secret, id string, at time.Time, body any) *http.Request {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return StandardRaw(address, prefix, secret, id, at, string(raw))
}

// StandardRaw is Standard for a body that may be anything.
func StandardRaw(address, prefix, secret, id string, at time.Time, body string) *http.Request {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+stamp+"."+body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(prefix+"id", id)
	req.Header.Set(prefix+"timestamp", stamp)
	req.Header.Set(prefix+"signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return req
}

// ResendEvent is a report of Resend on an e-mail; more is added to its data, such as "bounce".
func ResendEvent(kind, emailID, message string, at time.Time, more map[string]any) map[string]any {
	data := map[string]any{
		"created_at": at.Add(-time.Minute).UTC().Format(time.RFC3339Nano), "email_id": emailID,
		"from": "School <office@example.com>", "to": []string{"maria@example.com"}, "subject": "A new password",
	}
	if message != "" {
		data["tags"] = map[string]string{"message": message}
	}
	for k, v := range more {
		data[k] = v
	}
	return map[string]any{"type": kind, "created_at": at.UTC().Format(time.RFC3339Nano), "data": data}
}

// Bounce is what a report of Resend says of a bounce.
func Bounce(kind, subKind string) map[string]any {
	return map[string]any{"bounce": map[string]any{"type": kind, "subType": subKind, "message": "550 5.1.1 no such user maria@example.com"}}
}

// BirdEvent is a report of Bird on a text.
func BirdEvent(kind, smsID, message string, at time.Time, code, carrierCode string) map[string]any {
	data := map[string]any{"sms_id": smsID, "to": "+13125550123", "from": "+13125550100"}
	if message != "" {
		data["metadata"] = map[string]string{"message": message}
	}
	if code != "" || carrierCode != "" {
		data["error"] = map[string]any{"code": code, "description": "why it failed", "carrier_error_code": carrierCode}
	}
	return map[string]any{"type": kind, "timestamp": at.UTC().Format(time.RFC3339Nano), "data": data}
}

// MessageBirdReport returns a status report as MessageBird sends it: a GET whose query is the report. public
// is the origin that MessageBird was told, server where the request goes.
func MessageBirdReport(server, public string, report url.Values) *http.Request {
	const path = "/hooks/sms"
	req, err := http.NewRequest(http.MethodGet, server+path+"?"+report.Encode(), nil)
	if err != nil {
		panic(err)
	}
	SignMessageBird(req, MessageBirdSecret, public+path+"?"+report.Encode(), "", time.Now(), EventID())
	return req
}

// MessageBirdStatus is what a status report says.
func MessageBirdStatus(id, reference, status, reason string, code int, at time.Time) url.Values {
	v := url.Values{"id": {id}, "reference": {reference}, "recipient": {"13125550123"}, "status": {status},
		"statusDatetime": {at.UTC().Format(time.RFC3339)}, "mccmnc": {"310260"}, "ported": {"0"}}
	if reason != "" {
		v.Set("statusReason", reason)
	}
	if code != 0 {
		v.Set("statusErrorCode", strconv.Itoa(code))
	}
	return v
}

// MessageBirdReply returns a text to our number as MessageBird forwards it.
func MessageBirdReply(server, public, from, body string, at time.Time) *http.Request {
	const path = "/hooks/sms"
	form := url.Values{"id": {"mo-1"}, "recipient": {"13125550100"}, "originator": {strings.TrimPrefix(from, "+")}, "body": {body},
		"createdDatetime": {at.UTC().Format("2006-01-02T15:04:05+00:00")}}.Encode()
	req, err := http.NewRequest(http.MethodPost, server+path, strings.NewReader(form))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	SignMessageBird(req, MessageBirdSecret, public+path, form, time.Now(), EventID())
	return req
}

// SignMessageBird signs a request with a JSON Web Token over its address and body, good for a minute.
func SignMessageBird(req *http.Request, key, address, body string, at time.Time, id string) {
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	claims := map[string]any{"iss": "MessageBird", "nbf": at.Unix(), "exp": at.Add(time.Minute).Unix(), "jti": id, "url_hash": sum(address)}
	if body != "" {
		claims["payload_hash"] = sum(body)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw)
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = io.WriteString(mac, token)
	req.Header.Set("MessageBird-Signature-JWT", token+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

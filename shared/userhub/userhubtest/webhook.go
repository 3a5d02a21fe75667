package userhubtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// callTimeout bounds one call of a webhook. UserHub's own bound is not documented.
const callTimeout = 30 * time.Second

// Webhook is the webhook that the connection is configured with. With it, users come
// from there: when the Admin API is told of a user, the stand-in asks the webhook.
type Webhook struct {
	// URL is called with the action as a parameter.
	URL string
	// Secrets sign each request, one signature each. During a rotation there are
	// two.
	Secrets []string
	// Header is sent with every request.
	Header map[string]string
	// Skew is how far the stand-in's clock is ahead.
	Skew time.Duration
}

// WithWebhook configures the connection with a webhook. Default: it has none, and a
// user that the Admin API is told of has no profile.
func WithWebhook(w Webhook) Option { return func(s *Server) { s.webhook = &w } }

// SetWebhook configures the connection with another webhook, or with other
// secrets.
func (s *Server) SetWebhook(w Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = &w
}

// EditWebhook changes the configuration of the connection's webhook, if it has one.
func (s *Server) EditWebhook(edit func(*Webhook)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.webhook != nil {
		edited := *s.webhook // a call under way keeps the old one
		edit(&edited)
		s.webhook = &edited
	}
}

// Call is one call of the webhook.
type Call struct {
	Time   time.Time
	Action string
	Body   []byte
	// Status is what the webhook answered, 0 if it did not.
	Status int
}

// Calls returns the calls of the webhook so far, in the order in which they ended.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// CallError is an answer of the webhook that is not a success.
type CallError struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *CallError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

// Sign returns the signature of a request: the HMAC-SHA256 of timestamp, dot and
// body in lower-case hexadecimal.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Request returns the signed request that carries an action.
func (w Webhook) Request(ctx context.Context, action string, body []byte) (*http.Request, error) {
	address, err := url.Parse(w.URL)
	if err != nil {
		return nil, err
	}
	query := address.Query()
	query.Set("action", action)
	address.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range w.Header {
		r.Header.Set(name, value)
	}
	timestamp := strconv.FormatInt(time.Now().Add(w.Skew).Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("UserHub-Action", action)
	r.Header.Set("UserHub-Timestamp", timestamp)
	for _, secret := range w.Secrets {
		r.Header.Add("UserHub-Signature", Sign(secret, timestamp, body))
	}
	return r, nil
}

var errNoWebhook = errors.New("the connection has no webhook")

// call sends an action and decodes the answer. The error is a [*CallError] if the
// webhook answered with one.
func (s *Server) call(ctx context.Context, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := s.Call(ctx, action, body)
	if err != nil {
		return fmt.Errorf("call %s: %w", action, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.DisallowUnknownFields() // a webhook that says more has misunderstood
	if err := decoder.Decode(out); err != nil {
		return fmt.Errorf("call %s: read answer: %w", action, err)
	}
	return nil
}

// Call sends an action with the given body and returns the body of the answer.
func (s *Server) Call(ctx context.Context, action string, body []byte) ([]byte, error) {
	s.mu.Lock()
	webhook := s.webhook
	s.mu.Unlock()
	if webhook == nil {
		return nil, errNoWebhook
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	status, answer, err := webhook.send(ctx, action, body)

	s.mu.Lock()
	s.calls = append(s.calls, Call{Time: time.Now(), Action: action, Body: body, Status: status})
	s.mu.Unlock()
	return answer, err
}

func (w Webhook) send(ctx context.Context, action string, body []byte) (status int, answer []byte, err error) {
	request, err := w.Request(ctx, action, body)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return response.StatusCode, nil, err
	}
	if response.StatusCode != http.StatusOK {
		failure := &CallError{Status: response.StatusCode}
		json.Unmarshal(answer, failure) // what is not JSON leaves the status
		return response.StatusCode, nil, failure
	}
	return response.StatusCode, answer, nil
}

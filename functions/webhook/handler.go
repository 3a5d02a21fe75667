package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/userhub"
)

const (
	// budget bounds the work on one request. API Gateway would wait for 30 s, but
	// deliver waits 10 s for UserHub's answer to an event, and UserHub may be waiting
	// for us meanwhile: a refusal in time is worth more than a late answer.
	budget = 8 * time.Second
	// reserve is kept back from the invocation's deadline, for the answer.
	reserve = time.Second
)

// handler takes requests from API Gateway to the webhook.
type handler struct {
	webhook *userhub.Webhook
	log     *slog.Logger
	out     io.Writer // metrics go here
	stack   string
}

// Handle answers one request, whatever happens to it. An error means that the event
// is not API Gateway's.
func (h handler) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	request, err := userhub.GatewayRequest(e.RequestContext.HTTP.Method, e.Headers, e.RawQueryString, e.Body, e.IsBase64Encoded)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, fmt.Errorf("read API Gateway's event: %w", err)
	}
	limit, cancel := context.WithTimeout(ctx, allowance(ctx))
	defer cancel()
	response, err := h.webhook.Handle(limit, request)
	h.report(ctx, request, response.Status, err)
	return toGateway(response), nil
}

// allowance returns how long the work on a request may take.
func allowance(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(budget, time.Until(deadline)-reserve)
	}
	return budget
}

// toGateway puts an answer into API Gateway's form. A challenge may hold bytes that
// are not text, and is echoed as it came.
func toGateway(r userhub.Response) events.APIGatewayV2HTTPResponse {
	answer := events.APIGatewayV2HTTPResponse{StatusCode: r.Status, Headers: map[string]string{}, Body: string(r.Body)}
	for name, values := range r.Header {
		answer.Headers[name] = strings.Join(values, ",")
	}
	if !utf8.Valid(r.Body) {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(r.Body), true
	}
	return answer
}

// report counts a request and logs it in one line. It repeats nothing of one that is
// not trusted.
func (h handler) report(ctx context.Context, request userhub.Request, status int, err error) {
	metrics := telemetry.NewMetrics(h.out, h.stack)
	metrics.Add(telemetry.WebhookRequests, telemetry.Count, 1)
	log := h.log.With("status", status)
	switch {
	case err == nil:
		log.InfoContext(ctx, "request answered", "action", request.Action())
	case untrusted(err):
		metrics.Add(telemetry.WebhookRefused, telemetry.Count, 1)
		log.InfoContext(ctx, "request is not UserHub's", "reason", err)
	case errors.Is(err, userhub.ErrUnverified):
		metrics.Add(telemetry.WebhookErrors, telemetry.Count, 1)
		log.ErrorContext(ctx, "request not verified", "error", err)
	case status == http.StatusTooManyRequests || status == http.StatusInternalServerError:
		metrics.Add(telemetry.WebhookErrors, telemetry.Count, 1)
		log.ErrorContext(ctx, "request failed", "action", request.Action(), "error", err)
	default:
		log.InfoContext(ctx, "request refused", "action", request.Action(), "reason", err)
	}
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
}

// untrusted reports whether a request was refused because it does not count as
// UserHub's. Only those are UNKNOWN.
func untrusted(err error) bool {
	refusal, ok := errors.AsType[*userhub.Refusal](err)
	return ok && refusal.Code == userhub.Unknown
}

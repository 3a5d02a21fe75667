package userhub_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

// answering returns the error that a client makes of one answer.
func answering(t *testing.T, status int, header http.Header, body string) error {
	t.Helper()
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if got, want := r.URL.String(), "https://api.userhub.com/admin/v1/users/jane@conn_test:event"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	client := userhub.NewClient(staticKey("sk_test"), "conn_test",
		userhub.WithTransport(transport), userhub.WithBackoff(func(int) time.Duration { return 0 }))
	_, err := client.Deliver(t.Context(), delivery(directory.Changed, "jane", true))
	return err
}

func TestErrorMeaning(t *testing.T) {
	coded := func(code string) string { return `{"code":"` + code + `"}` }
	tests := []struct {
		name   string
		status int
		body   string
		code   userhub.Code
		want   error
	}{
		// If the status says nothing, only the code is left to say it.
		{"cancelled", 418, coded("CANCELLED"), userhub.Cancelled, reconcile.ErrUnavailable},
		{"unknown", 418, coded("UNKNOWN"), userhub.Unknown, reconcile.ErrUnavailable},
		{"invalid argument", 418, coded("INVALID_ARGUMENT"), userhub.InvalidArgument, reconcile.ErrBlocked},
		{"invalid argument, naming a field", 418, `{"code":"INVALID_ARGUMENT","param":"email"}`, userhub.InvalidArgument, reconcile.ErrRejected},
		{"deadline exceeded", 418, coded("DEADLINE_EXCEEDED"), userhub.DeadlineExceeded, reconcile.ErrUnavailable},
		{"not found", 418, coded("NOT_FOUND"), userhub.NotFound, reconcile.ErrBlocked},
		{"already exists", 418, coded("ALREADY_EXISTS"), userhub.AlreadyExists, reconcile.ErrBlocked},
		{"permission denied", 418, coded("PERMISSION_DENIED"), userhub.PermissionDenied, reconcile.ErrUnauthorized},
		{"unauthenticated", 418, coded("UNAUTHENTICATED"), userhub.Unauthenticated, reconcile.ErrUnauthorized},
		{"resource exhausted", 418, coded("RESOURCE_EXHAUSTED"), userhub.ResourceExhausted, reconcile.ErrThrottled},
		{"failed precondition", 418, coded("FAILED_PRECONDITION"), userhub.FailedPrecondition, reconcile.ErrBlocked},
		{"aborted", 418, coded("ABORTED"), userhub.Aborted, reconcile.ErrUnavailable},
		{"out of range", 418, coded("OUT_OF_RANGE"), userhub.OutOfRange, reconcile.ErrBlocked},
		{"unimplemented", 418, coded("UNIMPLEMENTED"), userhub.Unimplemented, reconcile.ErrUnavailable},
		{"internal", 418, coded("INTERNAL"), userhub.Internal, reconcile.ErrUnavailable},
		{"unavailable", 418, coded("UNAVAILABLE"), userhub.Unavailable, reconcile.ErrUnavailable},
		{"data loss", 418, coded("DATA_LOSS"), userhub.DataLoss, reconcile.ErrUnavailable},

		{"the code goes before the status", 500, coded("NOT_FOUND"), userhub.NotFound, reconcile.ErrBlocked},
		{"but a refused key costs no user", 401, coded("INVALID_ARGUMENT"), userhub.InvalidArgument, reconcile.ErrUnauthorized},
		{"nor does a weak one", 403, coded("NOT_FOUND"), userhub.NotFound, reconcile.ErrUnauthorized},
		{"nor does a wrong connection", 404, `{"code":"NOT_FOUND","param":"connectionId"}`, userhub.NotFound, reconcile.ErrUnavailable},
		{"wherever it is named", 400, `{"code":"INVALID_ARGUMENT","param":"user.connectionId"}`, userhub.InvalidArgument, reconcile.ErrUnavailable},
		{"a key that may not use the connection", 403, `{"code":"NOT_FOUND","param":"connectionId"}`, userhub.NotFound, reconcile.ErrUnauthorized},
		{"a connection in a hurry", 429, `{"code":"RESOURCE_EXHAUSTED","param":"connectionId"}`, userhub.ResourceExhausted, reconcile.ErrThrottled},
		{"unknown, status 500", 500, coded("UNKNOWN"), userhub.Internal, reconcile.ErrUnavailable},
		{"a code nobody knows", 429, coded("SLOW_DOWN"), userhub.ResourceExhausted, reconcile.ErrThrottled},
		{"a code in lower case", 400, coded("not_found"), userhub.Unknown, reconcile.ErrUnavailable},
		{"no code, status 400", 400, `{}`, userhub.Unknown, reconcile.ErrUnavailable},
		{"no code, status 401", 401, `{}`, userhub.Unauthenticated, reconcile.ErrUnauthorized},
		{"no code, status 403", 403, `{}`, userhub.PermissionDenied, reconcile.ErrUnauthorized},
		{"no code, status 402", 402, `{}`, userhub.Unknown, reconcile.ErrUnavailable},
		{"no code, status 404", 404, `null`, userhub.Unknown, reconcile.ErrUnavailable},
		{"a gateway's 404", 404, `{"message":"Not Found"}`, userhub.Unknown, reconcile.ErrUnavailable},
		{"a gateway's 404 that names what it likes", 404, `{"message":"Not Found","param":"email","reason":"USER_NOT_FOUND"}`, userhub.Unknown, reconcile.ErrUnavailable},
		{"no code, status 408", 408, `{}`, userhub.Unknown, reconcile.ErrUnavailable},
		{"no code, status 409", 409, `{}`, userhub.Aborted, reconcile.ErrUnavailable},
		{"no code, status 429", 429, `{}`, userhub.ResourceExhausted, reconcile.ErrThrottled},
		{"no code, status 501", 501, `{}`, userhub.Unimplemented, reconcile.ErrUnavailable},
		{"no code, status 503", 503, `{}`, userhub.Unavailable, reconcile.ErrUnavailable},
		{"no code, status 504", 504, `{}`, userhub.DeadlineExceeded, reconcile.ErrUnavailable},

		{"not JSON, status 302", 302, "", userhub.Unknown, reconcile.ErrUnavailable},
		{"not JSON, status 400", 400, "Bad Request", userhub.Unknown, reconcile.ErrUnavailable},
		{"not JSON, status 401", 401, "", userhub.Unauthenticated, reconcile.ErrUnauthorized},
		{"not JSON, status 403", 403, "<html>", userhub.PermissionDenied, reconcile.ErrUnauthorized},
		{"not JSON, status 404", 404, "<html>", userhub.Unknown, reconcile.ErrUnavailable},
		{"not JSON, status 429", 429, "slow down", userhub.ResourceExhausted, reconcile.ErrThrottled},
		{"not JSON, status 502", 502, "<html>", userhub.Unknown, reconcile.ErrUnavailable},
		{"JSON of another form", 404, `["NOT_FOUND"]`, userhub.Unknown, reconcile.ErrUnavailable},
		{"a code in JSON of another form", 404, `{"code":"NOT_FOUND","message":3}`, userhub.Unknown, reconcile.ErrUnavailable},
		{"a code that is no string", 400, `{"code":3}`, userhub.Unknown, reconcile.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := answering(t, tt.status, http.Header{}, tt.body)
			got, ok := errors.AsType[*userhub.Error](err)
			if !ok || got.Code != tt.code || got.Status != tt.status {
				t.Fatalf("got %v, want code %s and status %d", err, tt.code, tt.status)
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if refusal := tt.want == reconcile.ErrRejected || tt.want == reconcile.ErrBlocked; reconcile.VerdictOf(err).Refuses() != refusal {
				t.Errorf("a refusal: got %t, want %t", !refusal, refusal)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		name, body, want string
	}{
		{"all of it", `{"code":"FAILED_PRECONDITION","message":"m","reason":"USER_PENDING_DELETION","param":"member.userId"}`,
			"report event: userhub: FAILED_PRECONDITION (status 400, reason USER_PENDING_DELETION, param member.userId)"},
		{"bare", `{"code":"FAILED_PRECONDITION"}`, "report event: userhub: FAILED_PRECONDITION (status 400)"},
		{"personal data is not repeated", `{"code":"FAILED_PRECONDITION","message":"jane@example.com","reason":"jane@example.com","param":"jane@example.com"}`,
			"report event: userhub: FAILED_PRECONDITION (status 400)"},
		{"a code nobody knows is not repeated", `{"code":"jane@example.com"}`, "report event: userhub: UNKNOWN (status 400)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := answering(t, 400, http.Header{}, tt.body).Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// An error carries the delay that was asked for. Its forms are package outbound's.
func TestErrorRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value []string
		want  time.Duration
		ok    bool
	}{
		{"missing", nil, 0, false},
		{"given", []string{"120"}, 2 * time.Minute, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// A permanent code, so that the client reports the delay and does not
			// wait.
			got, ok := reconcile.RetryAfter(answering(t, 400, http.Header{"Retry-After": tt.value}, `{"code":"INVALID_ARGUMENT"}`))
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %t, want %v, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

// function is a function that gives every event the same answer and keeps the last event.
type function struct {
	result lambdahost.Result
	err    error
	event  []byte
}

func (f *function) Invoke(_ context.Context, name string, payload []byte) (lambdahost.Result, error) {
	if name != "f" {
		return lambdahost.Result{}, lambdahost.ErrUnknown
	}
	f.event = payload
	return f.result, f.err
}

func TestEvent(t *testing.T) {
	tests := []struct {
		name, method, target string
		header               http.Header
		body                 string
		want                 events.APIGatewayV2HTTPRequest
	}{
		{
			name: "text", method: "POST", target: "/userhub/a%2Fb?action=users.get&x=1&x=2", body: `{"id":"zoë"}`,
			header: http.Header{
				"Content-Type": {"application/json; charset=utf-8"}, "UserHub-Signature": {"aa", "bb, cc"},
				"Cookie": {"a=1; b=2"}, "User-Agent": {"UserHub"},
			},
			want: events.APIGatewayV2HTTPRequest{
				RawPath: "/userhub/a%2Fb", RawQueryString: "action=users.get&x=1&x=2",
				QueryStringParameters: map[string]string{"action": "users.get", "x": "1,2"},
				Headers: map[string]string{
					"content-type": "application/json; charset=utf-8", "userhub-signature": "aa,bb, cc",
					"user-agent": "UserHub", "host": "example.com",
				},
				Cookies: []string{"a=1", "b=2"}, Body: `{"id":"zoë"}`,
				RequestContext: events.APIGatewayV2HTTPRequestContext{HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
					Method: "POST", Path: "/userhub/a/b", UserAgent: "UserHub",
				}},
			},
		},
		{
			name: "another type", method: "PUT", target: "/", body: "{}", header: http.Header{"Content-Type": {"application/scim+json"}},
			want: events.APIGatewayV2HTTPRequest{
				RawPath: "/", Headers: map[string]string{"content-type": "application/scim+json", "host": "example.com"},
				Body: "e30=", IsBase64Encoded: true,
				RequestContext: events.APIGatewayV2HTTPRequestContext{HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "PUT", Path: "/"}},
			},
		},
		{
			name: "not text despite its type", method: "POST", target: "/", body: "\xff", header: http.Header{"Content-Type": {"application/json"}},
			want: events.APIGatewayV2HTTPRequest{
				RawPath: "/", Headers: map[string]string{"content-type": "application/json", "host": "example.com"},
				Body: "/w==", IsBase64Encoded: true,
				RequestContext: events.APIGatewayV2HTTPRequestContext{HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "POST", Path: "/"}},
			},
		},
		{
			name: "no body", method: "GET", target: "/",
			want: events.APIGatewayV2HTTPRequest{
				RawPath: "/", Headers: map[string]string{"host": "example.com"},
				RequestContext: events.APIGatewayV2HTTPRequestContext{HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "GET", Path: "/"}},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // for the clock: 2000-01-01
				request := httptest.NewRequest(tt.method, tt.target, strings.NewReader(tt.body))
				request.Header = tt.header
				f := &function{result: lambdahost.Result{Payload: []byte(`{}`)}}
				Handler(f, "f").ServeHTTP(httptest.NewRecorder(), request)

				var got events.APIGatewayV2HTTPRequest
				if err := json.Unmarshal(f.event, &got); err != nil {
					t.Fatal(err)
				}
				want := tt.want
				want.Version, want.RouteKey = "2.0", "$default"
				c := &want.RequestContext
				c.RouteKey, c.Stage, c.AccountID, c.APIID = "$default", "$default", "123456789012", "local"
				c.DomainName, c.DomainPrefix = "example.com", "local"
				c.Time, c.TimeEpoch = "01/Jan/2000:00:00:00 +0000", 946684800000
				c.HTTP.Protocol, c.HTTP.SourceIP = "HTTP/1.1", "192.0.2.1"
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("event (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestAnswer(t *testing.T) {
	ok := func(payload string) *function { return &function{result: lambdahost.Result{Payload: []byte(payload)}} }
	const failed = `{"message":"Internal Server Error"}`
	tests := []struct {
		name       string
		function   *function
		wantStatus int
		wantBody   string
		wantHeader http.Header // those asked for
	}{
		{"status, headers and body", ok(`{"statusCode":404,"headers":{"webhook-agent":"a/1"},"body":"{}"}`), 404, "{}", http.Header{"Webhook-Agent": {"a/1"}}},
		{"base64", ok(`{"statusCode":200,"body":"/wA=","isBase64Encoded":true}`), 200, "\xff\x00", nil},
		{"cookies", ok(`{"statusCode":204,"cookies":["a=1","b=2"]}`), 204, "", http.Header{"Set-Cookie": {"a=1", "b=2"}}},
		{"no status", ok(`{"n":1}`), 200, `{"n":1}`, http.Header{"Content-Type": {"application/json"}}},
		{"bad base64", ok(`{"statusCode":200,"body":"!","isBase64Encoded":true}`), 500, failed, nil},
		{"bad status", ok(`{"statusCode":99}`), 500, failed, nil},
		{"bad form", ok(`{"statusCode":200,"body":{}}`), 500, failed, nil},
		{"function error", &function{result: lambdahost.Result{Payload: []byte(`{}`), FunctionError: "Unhandled"}}, 500, failed, nil},
		{"not invoked", &function{err: errors.New("no luck")}, 500, failed, nil},
		{"event too large for Lambda", &function{err: lambdahost.ErrTooLarge}, 413, `{"message":"Request Entity Too Large"}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := httptest.NewRecorder()
			Handler(tt.function, "f").ServeHTTP(got, httptest.NewRequest("GET", "/", nil))
			if got.Code != tt.wantStatus || got.Body.String() != tt.wantBody {
				t.Errorf("got %d %s, want %d %s", got.Code, got.Body, tt.wantStatus, tt.wantBody)
			}
			for name, want := range tt.wantHeader {
				if diff := cmp.Diff(want, got.Header()[name]); diff != "" {
					t.Errorf("header %s (-want +got)\n%s", name, diff)
				}
			}
		})
	}
}

func TestRequestTooLarge(t *testing.T) {
	f := &function{}
	got := httptest.NewRecorder()
	Handler(f, "f").ServeHTTP(got, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", maxBody+1))))
	if got.Code != http.StatusRequestEntityTooLarge || f.event != nil {
		t.Errorf("got %d, want 413 without an invocation", got.Code)
	}
}

// silent is a function that does not answer.
type silent struct{}

func (silent) Invoke(ctx context.Context, _ string, _ []byte) (lambdahost.Result, error) {
	<-ctx.Done()
	return lambdahost.Result{}, context.Cause(ctx)
}

func TestFunctionTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got := httptest.NewRecorder()
		Handler(silent{}, "f").ServeHTTP(got, httptest.NewRequest("GET", "/", nil))
		if took := time.Since(began); got.Code != http.StatusServiceUnavailable || took != 30*time.Second {
			t.Errorf("got %d after %s, want 503 after 30s", got.Code, took)
		}
	})
}

func TestStart(t *testing.T) {
	g, err := Start(&function{result: lambdahost.Result{Payload: []byte(`{"statusCode":201,"body":"made"}`)}}, "f")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(g.URL + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != 201 || string(body) != "made" {
		t.Errorf("got %d %s, want 201 made", answer.StatusCode, body)
	}
	g.Close()
	if again, err := http.Get(g.URL); err == nil {
		again.Body.Close()
		t.Error("closed: got an answer, want none")
	}
}

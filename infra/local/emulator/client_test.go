package emulator

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// streamed is a body that net/http does not recognise as plain memory.
type streamed struct {
	io.Reader
	closed bool
}

func (s *streamed) Close() error {
	s.closed = true
	return nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClientIsDoneWithTheBodyBeforeItSends(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer server.Close()
	body := &streamed{Reader: strings.NewReader("the body")}
	request, err := http.NewRequest("POST", server.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len("the body"))

	closedBefore := false
	answer, err := client{roundTrip(func(r *http.Request) (*http.Response, error) {
		closedBefore = body.closed
		return http.DefaultTransport.RoundTrip(r)
	})}.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); string(got) != "the body" || err != nil {
		t.Errorf("got %q and error %v, want the body back", got, err)
	}
	if !closedBefore {
		t.Error("the body was not closed when the request was sent")
	}
}

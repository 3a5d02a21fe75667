package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/google/go-cmp/cmp"
)

// newHandler returns a handler in a working world, or in one without the ledger.
func newHandler(broken, advisory bool) (handler, *bytes.Buffer) {
	w, f := inOrder()
	if broken {
		f.fails["Probe"] = errBroken
	}
	var out bytes.Buffer
	return handler{checks: w.checks(), targets: w.targets, stack: "poolsync", advisory: advisory, log: slog.New(slog.DiscardHandler), out: &out}, &out
}

func TestDeployment(t *testing.T) {
	tests := []struct {
		name             string
		request          cfn.RequestType
		broken, advisory bool
		want             cfn.StatusType
		checked          bool
	}{
		{"all in order", cfn.RequestCreate, false, false, cfn.StatusSuccess, true},
		{"something fails", cfn.RequestCreate, true, false, cfn.StatusFailed, true},
		{"something fails, advisory", cfn.RequestCreate, true, true, cfn.StatusSuccess, true},
		{"update", cfn.RequestUpdate, true, false, cfn.StatusFailed, true},
		{"removal", cfn.RequestDelete, true, false, cfn.StatusSuccess, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var answer cfn.Response
			cloudFormation := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if err := json.Unmarshal(body, &answer); err != nil {
					t.Errorf("answer: %v", err)
				}
			}))
			defer cloudFormation.Close()
			request, err := json.Marshal(cfn.Event{
				RequestType: tt.request, RequestID: "32a3b4c5", ResponseURL: cloudFormation.URL, PhysicalResourceID: physicalID,
				LogicalResourceID: "Connectivity", StackID: "arn:aws:cloudformation:us-east-1:111122223333:stack/poolsync/1",
			})
			if err != nil {
				t.Fatal(err)
			}
			h, out := newHandler(tt.broken, tt.advisory)
			if _, err := h.Invoke(t.Context(), request); err != nil {
				t.Fatal(err)
			}
			want := cfn.Response{
				Status: tt.want, Reason: answer.Reason, RequestID: "32a3b4c5", PhysicalResourceID: physicalID,
				LogicalResourceID: "Connectivity", StackID: "arn:aws:cloudformation:us-east-1:111122223333:stack/poolsync/1",
			}
			if diff := cmp.Diff(want, answer, cmp.AllowUnexported(cfn.Response{})); diff != "" {
				t.Errorf("answer: -want +got\n%s", diff)
			}
			if failed := tt.want == cfn.StatusFailed; strings.Contains(answer.Reason, "ledger usable: Make sure") != failed {
				t.Errorf("reason %q for status %s", answer.Reason, tt.want)
			}
			if checked := strings.Contains(out.String(), "ledger usable"); checked != tt.checked {
				t.Errorf("log:\n%s\nwant a table: %t", out, tt.checked)
			}
		})
	}
}

// TestOutageBlocksNoDeployment shows that a target that is away fails a deployment only if
// its settings are new, and that on demand the failure shows all the same.
func TestOutageBlocksNoDeployment(t *testing.T) {
	for _, tt := range []struct {
		name   string
		passed string // what the ledger holds of it
		fails  string
		want   bool
	}{
		{"a new target", "", "CheckKey", false},
		{"one that has passed", "crm today", "CheckKey", true},
		{"one whose settings have changed since", "crm yesterday", "CheckKey", false},
		{"what is shared", "crm today", "Page", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, f := inOrder()
			f.passed, f.fails[tt.fails] = tt.passed, errBroken
			var out bytes.Buffer
			h := handler{checks: w.checks(), targets: w.targets, stack: "poolsync", log: slog.New(slog.DiscardHandler), out: &out}
			if r := h.check(t.Context(), true); r.OK != tt.want || (r.err() == nil) != tt.want || strings.Contains(r.table(), "The deployment goes on") != tt.want {
				t.Errorf("ok: %t, %v; want %t\n%s", r.OK, r.err(), tt.want, r.table())
			}
			if r := h.check(t.Context(), false); r.OK {
				t.Error("on demand all is well")
			}
			if tt.fails == "CheckKey" && f.passed != tt.passed {
				t.Errorf("recorded %q although it failed", f.passed)
			}
			delete(f.fails, tt.fails)
			if r := h.check(t.Context(), true); !r.OK || f.passed != "crm today" {
				t.Errorf("once it works: ok %t, recorded %q", r.OK, f.passed)
			}
		})
	}
}

// TestOnDemand shows that whoever invokes the function gets the report, also of a
// failure.
func TestOnDemand(t *testing.T) {
	for _, event := range []string{"", "null", "{}", `"hello"`} {
		h, out := newHandler(true, false)
		answer, err := h.Invoke(t.Context(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		var got report
		if err := json.Unmarshal(answer, &got); err != nil || got.OK || got.Stack != "poolsync" || len(got.Checks) != len(h.checks) {
			t.Errorf("invoked with %q: %v\n%s", event, err, answer)
		}
		if !strings.Contains(out.String(), "1 of 10 checks failed") {
			t.Errorf("log:\n%s", out)
		}
	}
}

// TestUnusableSettings shows that bad settings are a failed check, and no crash:
// CloudFormation would wait for the answer.
func TestUnusableSettings(t *testing.T) {
	h := handler{checks: unusable(nil, errors.New("TABLE_NAME: missing")), log: slog.New(slog.DiscardHandler), out: io.Discard}
	got := h.check(t.Context(), true)
	if got.OK || len(got.Checks) != 1 || got.Checks[0].Cause != "TABLE_NAME: missing" {
		t.Errorf("got %+v, want the problem with the settings", got)
	}
}

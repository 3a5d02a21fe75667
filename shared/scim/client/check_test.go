package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/scim/scimtest/reference"
)

// answering answers the request for a path with a body, and lets others be.
func answering(path, body string) func(scimtest.Request) scimtest.Fault {
	return func(r scimtest.Request) scimtest.Fault {
		if r.Path != path {
			return nil
		}
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.Write([]byte(body)) }
	}
}

func failing(path string, fault scimtest.Fault) func(scimtest.Request) scimtest.Fault {
	return func(r scimtest.Request) scimtest.Fault {
		if r.Path != path {
			return nil
		}
		return fault
	}
}

// TestCheck shows what a check finds out about a service.
func TestCheck(t *testing.T) {
	const list = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"Resources":[`
	for _, tt := range []struct {
		name  string
		fault func(scimtest.Request) scimtest.Fault
		want  error
	}{
		{"a good service", nil, nil},
		{"one that says nothing of itself", failing("/ServiceProviderConfig", scimtest.Fail(404, "")), nil},
		{"one without filters", answering("/ServiceProviderConfig", `{"filter":{"supported":false}}`), client.ErrNoFilter},
		{"a page in its place", answering("/ServiceProviderConfig", `<html>`), client.ErrNotSCIM},
		{"something else in its place", answering("/ServiceProviderConfig", `{"patch":7}`), client.ErrNotSCIM},
		{"one that is down", failing("/ServiceProviderConfig", scimtest.Fail(503, "")), reconcile.ErrUnavailable},
		{"one that refuses us", failing("/Users", scimtest.Fail(403, "")), reconcile.ErrUnauthorized},
		{"one that ignores filters", answering("/Users", list+`{"id":"1","externalId":"x"}]}`), client.ErrFilterIgnored},
		{"one that knows nobody", answering("/Users", list+`{"id":"1","externalId":"00000000-0000-0000-0000-000000000000"}]}`), client.ErrSomebody},
		{"a wrong address", failing("/Users", scimtest.FailPlain(404)), reconcile.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			s.Add(foreign)
			s.Decide(tt.fault)
			_, err := connect(t, s.URL, scim.OCI).Check(t.Context())
			if !errors.Is(err, tt.want) {
				t.Errorf("Check = %v, want %v", err, tt.want)
			}
			if said := err != nil && strings.Contains(err.Error(), "User Administrator"); said != errors.Is(err, reconcile.ErrUnauthorized) {
				t.Errorf("Check = %v; it says what the credentials need: %t", err, said)
			}
		})
	}
}

// TestNarrowed narrows a profile by what services say of themselves.
func TestNarrowed(t *testing.T) {
	with, without := start(t, scimtest.Behaviour{}).URL, start(t, scimtest.Behaviour{NoPatch: true}).URL
	silent := start(t, scimtest.Behaviour{})
	silent.Decide(failing("/ServiceProviderConfig", scimtest.Fail(404, "")))
	for _, tt := range []struct {
		name, base string
		noPatch    bool
		pageSize   int
	}{
		{"scim2-server", reference.ForTest(t, ""), false, 1000},
		{"scim2-server without PATCH", reference.ForTest(t, "put"), true, 1000},
		{"the stand-in", with, false, 1000},
		{"the stand-in without PATCH", without, true, 1000},
		{"one that says nothing", silent.URL, false, 5000},
	} {
		p := scim.Generic
		p.PageSize = 5000
		config, err := connect(t, tt.base, p).Check(t.Context())
		if err != nil {
			t.Errorf("%s: Check: %v", tt.name, err)
		}
		if got := p.Narrowed(config); got.NoPatch != tt.noPatch || got.PageSize != tt.pageSize {
			t.Errorf("%s: without PATCH: %t, %d a page; want %t, %d", tt.name, got.NoPatch, got.PageSize, tt.noPatch, tt.pageSize)
		}
	}
}

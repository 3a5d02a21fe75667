package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNarrowed shows what is left of a profile after what a service says of itself.
func TestNarrowed(t *testing.T) {
	size := BulkSize{Operations: 100, Bytes: 1000, PerSecond: 5}
	for _, tt := range []struct {
		name, in string
		edit     func(*Profile)
	}{
		{"nothing said", `{}`, func(*Profile) {}},
		{"all there", `{"patch":{"supported":true},"filter":{"supported":true,"maxResults":500},"bulk":{"supported":true,"maxOperations":1000,"maxPayloadSize":5000}}`, func(*Profile) {}},
		{"no PATCH", `{"patch":{"supported":false}}`, func(p *Profile) { p.NoPatch = true }},
		{"small pages", `{"filter":{"supported":true,"maxResults":20}}`, func(p *Profile) { p.PageSize = 20 }},
		{"pages of no size", `{"filter":{"supported":true,"maxResults":0}}`, func(*Profile) {}},
		{"no Bulk", `{"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0}}`, func(p *Profile) { p.Bulk = BulkSize{} }},
		{"few operations", `{"bulk":{"supported":true,"maxOperations":10}}`, func(p *Profile) { p.Bulk.Operations = 10 }},
		{"few bytes", `{"bulk":{"supported":true,"maxOperations":1000,"maxPayloadSize":500}}`, func(p *Profile) { p.Bulk.Bytes = 500 }},
	} {
		p := Profile{Name: "p", PageSize: 100, Bulk: size}
		want := p
		tt.edit(&want)
		var config ServiceConfig
		if err := json.Unmarshal([]byte(tt.in), &config); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Narrowed(config)); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

// TestBulkResultStatus shows the forms in which services write a status.
func TestBulkResultStatus(t *testing.T) {
	for in, want := range map[string]int{`"201"`: 201, `201`: 201, `"x"`: 0, `null`: 0, `{}`: 0, ``: 0} {
		if got := (BulkResult{RawStatus: json.RawMessage(in)}).Status(); got != want {
			t.Errorf("Status of %s = %d, want %d", in, got, want)
		}
	}
}

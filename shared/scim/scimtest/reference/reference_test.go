package reference

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// status returns what a service answers to a listing.
func status(t *testing.T, base string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/Users", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestStartAndStop(t *testing.T) {
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base := s.Service("a")
	if got := status(t, base); got != http.StatusOK {
		t.Errorf("a listing is answered %d, want 200", got)
	}
	s.Stop()
	s.Stop()
	if got := status(t, base); got != 0 {
		t.Errorf("after Stop a listing is answered %d, want no answer", got)
	}
}

func TestStartFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want it cancelled", err)
	}
	t.Chdir(t.TempDir())
	if _, err := Start(t.Context()); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("Start = %v outside the module, want ErrNotInstalled", err)
	}
}

// TestValidate shows that what is wrong is found.
func TestValidate(t *testing.T) {
	const patch = `{"method":"PATCH","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`
	for _, tt := range []struct {
		name, request string
		good          bool
	}{
		{"a good creation", `{"method":"POST","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"jane"}}`, true},
		{"one without a name", `{"method":"POST","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}}`, false},
		{"an unknown attribute", `{"method":"POST","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"jane","shoe":44}}`, false},
		{"a good change", patch + `{"op":"replace","path":"active","value":false}]}}`, true},
		{"another word for one", patch + `{"op":"change","path":"active","value":false}]}}`, false},
		{"a good Bulk request", `{"method":"BULK","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":{}}]}}`, true},
		{"another method", `{"method":"BULK","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"MAKE","path":"/Users","bulkId":"1","data":{}}]}}`, false},
		{"a good replacement", `{"method":"PUT","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"jane"}}`, true},
	} {
		problems, err := Validate(t.Context(), strings.NewReader(tt.request+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if (problems == "") != tt.good {
			t.Errorf("%s: problems %q, want none: %t", tt.name, problems, tt.good)
		}
	}
	if _, err := Validate(t.Context(), strings.NewReader("{")); err == nil {
		t.Error("what is not JSON is no error")
	}
}

package scimtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/scim/scimtest/reference"
)

const (
	user  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	both  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]`
	patch = `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`
	bulk  = `"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`
	jane  = `{` + both + `,"userName":"jane","externalId":"sub-1","active":true,"displayName":"Jane Doe","name":{"givenName":"Jane","familyName":"Doe"},` +
		`"emails":[{"type":"work","value":"jane@example.com","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"}}`
)

// conversation is what both services are told, in this order. {1} stands for the
// identifier of the first user who was created.
var conversation = []struct{ name, method, path, body string }{
	{"list nobody", "GET", "/Users", ""},
	{"create", "POST", "/Users", jane},
	{"show", "GET", "/Users/{1}", ""},
	{"create again", "POST", "/Users", jane},
	{"create again, in another case", "POST", "/Users", `{` + user + `,"userName":"JANE"}`},
	{"create without a name", "POST", "/Users", `{` + user + `,"displayName":"Nobody"}`},
	{"create what is not JSON", "POST", "/Users", `{`},
	{"create with an unknown attribute", "POST", "/Users", `{` + user + `,"userName":"joe","shoeSize":44}`},
	{"create with a loose boolean and null", "POST", "/Users", `{` + user + `,"userName":"joe","externalId":"sub-2","active":"true","nickName":null}`},
	{"create under an externalId that is taken", "POST", "/Users", `{` + user + `,"userName":"jim","externalId":"sub-2"}`},
	{"find by externalId", "GET", `/Users?filter=externalId%20eq%20%22sub-1%22`, ""},
	{"find two by externalId", "GET", `/Users?filter=externalId%20eq%20%22sub-2%22`, ""},
	{"find by externalId in another case", "GET", `/Users?filter=externalId%20eq%20%22SUB-1%22`, ""},
	{"find by name in another case", "GET", `/Users?filter=userName%20eq%20%22Jane%22`, ""},
	{"find by address", "GET", `/Users?filter=emails.value%20eq%20%22jane@example.com%22`, ""},
	{"find nobody", "GET", `/Users?filter=externalId%20eq%20%22sub-9%22`, ""},
	{"find by a quoted name", "GET", `/Users?filter=userName%20eq%20%22j%5C%22ane%22`, ""},
	{"find by what does not exist", "GET", `/Users?filter=shoeSize%20eq%20%2244%22`, ""},
	{"beyond the end", "GET", `/Users?startIndex=90`, ""},
	{"count only", "GET", `/Users?count=0`, ""},
	{"change", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"name.givenName","value":"Janet"},{"op":"add","path":"nickName","value":"J"},` +
		`{"op":"replace","path":"emails[type eq \"work\"].value","value":"janet@example.com"}]}`},
	{"show after that", "GET", "/Users/{1}", ""},
	{"disable", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"active","value":false}]}`},
	{"change an extension", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Press"},` +
		`{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter","value":"7"}]}`},
	{"add to a list", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"add","path":"phoneNumbers","value":[{"type":"work","value":"+15550100","primary":true}]},` +
		`{"op":"add","path":"emails","value":[{"type":"home","value":"home@example.com"}]}]}`},
	{"show after this", "GET", "/Users/{1}", ""},
	{"remove an entry", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"remove","path":"emails[type eq \"home\"]"},{"op":"remove","path":"nickName"}]}`},
	{"remove what is not there", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"remove","path":"nickName"}]}`},
	{"replace an entry that is not there", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"emails[type eq \"other\"].value","value":"x@example.com"}]}`},
	{"all or nothing", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"displayName","value":"Half"},{"op":"replace","path":"shoeSize","value":"44"}]}`},
	{"replace a list", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"emails","value":[{"type":"work","value":"j@example.com","primary":true}]}]}`},
	{"remove a list", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"remove","path":"phoneNumbers"}]}`},
	{"take a name that is taken", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"userName","value":"joe"}]}`},
	{"unlink", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"remove","path":"externalId"}]}`},
	{"show after all", "GET", "/Users/{1}", ""},
	{"replace as a whole", "PUT", "/Users/{1}", `{` + user + `,"id":"{1}","userName":"jane","active":true}`},
	{"show what is left", "GET", "/Users/{1}", ""},
	{"create many", "POST", "/Bulk", `{` + bulk + `,"Operations":[{"method":"POST","path":"/Users","bulkId":"0","data":{` + user + `,"userName":"kim"}},` +
		`{"method":"POST","path":"/Users","bulkId":"1","data":{` + user + `,"userName":"KIM"}},{"method":"POST","path":"/Users","bulkId":"2","data":{` + user + `}},` +
		`{"method":"POST","path":"/Users","bulkId":"3","data":{` + user + `,"userName":"lee"}}]}`},
	{"create none", "POST", "/Bulk", `{` + bulk + `,"Operations":[]}`},
	{"delete", "DELETE", "/Users/{1}", ""},
	{"delete again", "DELETE", "/Users/{1}", ""},
	{"show who is gone", "GET", "/Users/{1}", ""},
	{"change who is gone", "PATCH", "/Users/{1}", `{` + patch + `,"Operations":[{"op":"replace","path":"active","value":false}]}`},
}

// TestStandInBehavesLikeTheReference tells both the same, and holds what the stand-in
// answers against what the real service does.
func TestStandInBehavesLikeTheReference(t *testing.T) {
	server, err := scimtest.Start(scimtest.Behaviour{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	reference := speaker{t, reference.ForTest(t, ""), ""}
	standIn := speaker{t, server.URL, ""}
	for _, line := range conversation {
		want, got := reference.say(line.method, line.path, line.body), standIn.say(line.method, line.path, line.body)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -reference +stand-in\n%s", line.name, diff)
		}
	}
	stale := http.Header{"If-Match": {`W/"stale"`}}
	reference.id, standIn.id = "", ""
	for _, line := range conversation[1:2] {
		reference.say(line.method, line.path, line.body)
		standIn.say(line.method, line.path, line.body)
	}
	want := reference.sayWith("PUT", "/Users/{1}", jane, stale)
	if diff := cmp.Diff(want, standIn.sayWith("PUT", "/Users/{1}", jane, stale)); want.Status != http.StatusPreconditionFailed || diff != "" {
		t.Errorf("replace another version: status %d; -reference +stand-in\n%s", want.Status, diff)
	}
}

// speaker speaks with one service.
type speaker struct {
	t    *testing.T
	base string
	id   string // of the first user created
}

// said is an answer without what is each service's own.
type said struct {
	Status   int
	Type     string // of the content
	Located  bool
	Versions bool
	Body     any
}

func (s *speaker) say(method, path, body string) said {
	return s.sayWith(method, path, body, nil)
}

func (s *speaker) sayWith(method, path, body string, header http.Header) said {
	s.t.Helper()
	fill := strings.NewReplacer("{1}", s.id).Replace
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+fill(path), strings.NewReader(fill(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + scimtest.Token}, "Content-Type": {"application/scim+json"}}
	for name, values := range header {
		r.Header[name] = values
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var content any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &content); err != nil {
			s.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	if user, ok := content.(map[string]any); ok && s.id == "" && answer.StatusCode == http.StatusCreated {
		s.id, _ = user["id"].(string)
	}
	got := said{Status: answer.StatusCode, Versions: answer.Header.Get("ETag") != "", Body: s.plain(content)}
	got.Located = answer.StatusCode == http.StatusCreated && answer.Header.Get("Location") == s.base+"/Users/"+s.id
	if len(text) > 0 {
		got.Type = answer.Header.Get("Content-Type")
	}
	return got
}

// plain returns content without identifiers, times, versions and texts for people.
func (s *speaker) plain(content any) any {
	switch v := content.(type) {
	case map[string]any:
		delete(v, "detail")
		if meta, ok := v["meta"].(map[string]any); ok {
			v["meta"] = map[string]any{"resourceType": meta["resourceType"], "located": meta["location"] != "", "versioned": meta["version"] != nil}
		}
		if _, ok := v["location"].(string); ok {
			v["location"], v["version"] = true, v["version"] != ""
		}
		if id, ok := v["id"].(string); ok {
			v["id"] = id == s.id
		}
		for name, inner := range v {
			v[name] = s.plain(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = s.plain(inner)
		}
		slices.SortStableFunc(v, func(a, b any) int { return strings.Compare(name(a), name(b)) })
	}
	return content
}

// name is what users in a list are sorted by: services list them in any order.
func name(user any) string {
	content, _ := user.(map[string]any)
	name, _ := content["userName"].(string)
	return name
}

package scimtest_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// TestBehaviour shows that each switch makes a difference: what is answered with it, and
// what without it.
func TestBehaviour(t *testing.T) {
	change := func(operation string) string { return `{` + patch + `,"Operations":[` + operation + `]}` }
	const (
		unknown = `{` + user + `,"userName":"joe","shoeSize":44}`
		loose   = `{` + user + `,"userName":"joe","active":"true"}`
		twin    = `{` + user + `,"userName":"Jane"}`
		lists   = `{` + user + `,"userName":"joe","emails":[{"type":"work","value":"a@example.com"},{"type":"home","value":"b@example.com"}]}`
		many    = `{` + bulk + `,"Operations":[{"method":"POST","path":"/Users","bulkId":"0","data":` + twin + `},{"method":"POST","path":"/Users","bulkId":"1","data":` + twin + `}]}`
		own     = `{` + user + `,"userName":"joe","emails":[{"type":"work","value":"a@example.com","verified":true}]}`
	)
	for _, tt := range []struct {
		name               string
		behaviour          scimtest.Behaviour
		method, path, body string
		with, without      int
	}{
		{"PatchShows", scimtest.Behaviour{PatchShows: true}, "PATCH", "/Users/{1}", change(`{"op":"replace","path":"active","value":false}`), 200, 204},
		{"NoPatch", scimtest.Behaviour{NoPatch: true}, "PATCH", "/Users/{1}", change(`{"op":"replace","path":"active","value":false}`), 501, 204},
		{"SameNames", scimtest.Behaviour{SameNames: true}, "POST", "/Users", twin, 201, 409},
		{"IgnoreUnknown", scimtest.Behaviour{IgnoreUnknown: true}, "POST", "/Users", unknown, 201, 400},
		{"RefuseLoose", scimtest.Behaviour{RefuseLoose: true}, "POST", "/Users", loose, 400, 201},
		{"Filtering", scimtest.Behaviour{Unfiltered: []string{"userName"}}, "GET", `/Users?filter=userName%20eq%20%22jane%22`, "", 400, 200},
		{"RefuseAbsent", scimtest.Behaviour{RefuseAbsent: true}, "PATCH", "/Users/{1}", change(`{"op":"remove","path":"nickName"}`), 400, 204},
		{"Demands", scimtest.Behaviour{Demands: []string{"name.middleName"}}, "POST", "/Users", `{` + user + `,"userName":"joe"}`, 400, 201},
		{"OneEntry", scimtest.Behaviour{OneEntry: true}, "POST", "/Users", lists, 400, 201},
		{"OwnParts", scimtest.Behaviour{OwnParts: true}, "POST", "/Users", own, 400, 201},
		{"NoBulk", scimtest.Behaviour{NoBulk: true}, "POST", "/Bulk", many, 501, 200},
		{"BulkLimit", scimtest.Behaviour{BulkLimit: 1}, "POST", "/Bulk", many, 413, 200},
		{"Changer refuses", scimtest.Behaviour{Changer: 403}, "PATCH", "/Users/{1}", change(`{"op":"replace","path":"active","value":false}`), 403, 204},
		{"Changer changes", scimtest.Behaviour{Changer: 403}, "PUT", "/UserStatusChanger/{1}", `{"active":false}`, 200, 404},
		{"Changer wants a value", scimtest.Behaviour{Changer: 403}, "PUT", "/UserStatusChanger/{1}", `{}`, 400, 404},
	} {
		for _, b := range []struct {
			behaviour scimtest.Behaviour
			want      int
		}{{tt.behaviour, tt.with}, {scimtest.Behaviour{}, tt.without}} {
			s := speak(t, b.behaviour)
			s.create(jane)
			if got := s.say(tt.method, tt.path, tt.body); got.Status != b.want {
				t.Errorf("%s: %+v answers %d, want %d", tt.name, b.behaviour, got.Status, b.want)
			}
		}
	}
}

// speak returns a speaker with a stand-in.
func speak(t *testing.T, b scimtest.Behaviour) *speaker {
	t.Helper()
	server, err := scimtest.Start(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return &speaker{t: t, base: server.URL}
}

// create creates the first user, even where a demand is in the way, or no body comes.
func (s *speaker) create(user string) said {
	got := s.say("POST", "/Users", user)
	s.id = "u-1"
	return got
}

// TestHowAnswersLook shows the switches that change how an answer looks.
func TestHowAnswersLook(t *testing.T) {
	created := speak(t, scimtest.Behaviour{}).create(jane)
	for _, tt := range []struct {
		name      string
		behaviour scimtest.Behaviour
		edit      func(*said)
	}{
		{"NoLocation", scimtest.Behaviour{NoLocation: true}, func(s *said) { s.Located = false }},
		{"RelativeLocation", scimtest.Behaviour{RelativeLocation: true}, func(s *said) { s.Located = false }},
		{"NoBody", scimtest.Behaviour{NoBody: true}, func(s *said) { s.Body, s.Type, s.Located, s.Versions = nil, "", false, false }},
		{"PlainJSON", scimtest.Behaviour{PlainJSON: true}, func(s *said) { s.Type = "application/json" }},
	} {
		want := created
		tt.edit(&want)
		if diff := cmp.Diff(want, speak(t, tt.behaviour).create(jane)); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

// bodyOf returns the members of a body.
func bodyOf(t *testing.T, s said) map[string]any {
	t.Helper()
	body, ok := s.Body.(map[string]any)
	if !ok {
		t.Fatalf("the answer is %+v, want an object", s)
	}
	return body
}

func TestHowErrorsLook(t *testing.T) {
	for _, tt := range []struct {
		behaviour    scimtest.Behaviour
		status, kind any
	}{
		{scimtest.Behaviour{}, "409", "uniqueness"},
		{scimtest.Behaviour{NoType: true}, "409", nil},
		{scimtest.Behaviour{NumericStatus: true}, 409.0, "uniqueness"},
	} {
		s := speak(t, tt.behaviour)
		s.create(jane)
		body := bodyOf(t, s.say("POST", "/Users", jane))
		if body["status"] != tt.status || body["scimType"] != tt.kind {
			t.Errorf("%+v: status %v, type %v; want %v, %v", tt.behaviour, body["status"], body["scimType"], tt.status, tt.kind)
		}
	}
}

// TestListings shows the switches of look-ups and pages, by how many users are found.
func TestListings(t *testing.T) {
	const byName, byNameInCapitals = `/Users?filter=userName%20eq%20%22jane%22`, `/Users?filter=userName%20eq%20%22JANE%22`
	for _, tt := range []struct {
		name          string
		behaviour     scimtest.Behaviour
		path          string
		with, without int
	}{
		{"NameHasCase", scimtest.Behaviour{NameHasCase: true}, byNameInCapitals, 0, 1},
		{"Empty", scimtest.Behaviour{Unfiltered: []string{"userName"}, Filtering: scimtest.Empty}, byName, 0, 1},
		{"Everyone", scimtest.Behaviour{Unfiltered: []string{"userName"}, Filtering: scimtest.Everyone}, byName, 3, 1},
		{"PageSize", scimtest.Behaviour{PageSize: 2}, "/Users", 2, 3},
		{"FirstPageAgain", scimtest.Behaviour{FirstPageAgain: true}, "/Users?startIndex=9", 3, 0},
		{"LateIndex", scimtest.Behaviour{LateIndex: 9}, byName, 0, 1},
	} {
		for _, b := range []struct {
			behaviour scimtest.Behaviour
			want      int
		}{{tt.behaviour, tt.with}, {scimtest.Behaviour{}, tt.without}} {
			s := speak(t, b.behaviour)
			s.create(jane)
			s.say("POST", "/Users", `{`+user+`,"userName":"joe"}`)
			s.say("POST", "/Users", `{`+user+`,"userName":"jim"}`)
			body := bodyOf(t, s.say("GET", tt.path, ""))
			if found, _ := body["Resources"].([]any); len(found) != b.want {
				t.Errorf("%s: %+v finds %d, want %d", tt.name, b.behaviour, len(found), b.want)
			}
		}
	}
	s := speak(t, scimtest.Behaviour{ItemsAsked: true})
	if body := bodyOf(t, s.say("GET", "/Users?count=7", "")); body["itemsPerPage"] != 7.0 {
		t.Errorf("ItemsAsked: itemsPerPage is %v, want the 7 asked for", body["itemsPerPage"])
	}
}

// TestHeaders shows the switches that look at headers.
func TestHeaders(t *testing.T) {
	plain, stale := http.Header{"Content-Type": {"application/json"}}, http.Header{"If-Match": {"stale"}}
	for _, tt := range []struct {
		name          string
		behaviour     scimtest.Behaviour
		header        http.Header
		with, without int
	}{
		{"OnlySCIM", scimtest.Behaviour{OnlySCIM: true}, plain, 415, 200},
		{"NoETag", scimtest.Behaviour{NoETag: true}, stale, 200, 412},
	} {
		for _, b := range []struct {
			behaviour scimtest.Behaviour
			want      int
		}{{tt.behaviour, tt.with}, {scimtest.Behaviour{}, tt.without}} {
			s := speak(t, b.behaviour)
			s.create(jane)
			if got := s.sayWith("PUT", "/Users/{1}", jane, tt.header).Status; got != b.want {
				t.Errorf("%s: %+v answers %d, want %d", tt.name, b.behaviour, got, b.want)
			}
		}
	}
}

package main

import (
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/userhub"
)

// FuzzHandle sends signed nonsense to the function with everything on. Nothing may
// panic, every answer follows the protocol, and only the user that the request names
// may change.
func FuzzHandle(f *testing.F) {
	for _, action := range []string{"challenge", "users.list", "users.get", "users.create", "users.update", "users.delete", "events.handle", "x"} {
		f.Add(action, `{"id":"jane","pageSize":1,"pageToken":"e30","email":"jane@example.com","phoneNumber":"+15555550100"}`, false)
		f.Add(action, `{"id":"84e844c8-3041-70aa-1111-0123456789ab","pageSize":-1,"type":"users.changed"}`, true)
		f.Add(action, `null`, true)
		f.Add(action, `{"id":`, false)
		f.Add(action, changed(connection, "jane"), false)
	}
	statuses := map[int]bool{200: true, 400: true, 404: true, 429: true, 500: true, 501: true}
	f.Fuzz(func(t *testing.T, action, body string, bySub bool) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(cognitotest.New(cognitotest.Aliases("email")))
			other := w.pool.Add("bystander", map[string]string{"email": "by@example.com", "email_verified": "true"})
			before, _ := w.pool.User(other)
			w.everything(cognito.Delete)
			if bySub {
				w.settings.ExternalID = userhub.BySub
			}
			e := event("", body)
			e.Headers["userhub-action"], e.RawQueryString = action, ""
			answer, err := w.handler().Handle(t.Context(), e)
			if err != nil || !statuses[answer.StatusCode] {
				t.Fatalf("got %d %s, %v", answer.StatusCode, answer.Body, err)
			}
			if echo := action == "challenge" && answer.StatusCode == 200; !echo && !json.Valid([]byte(answer.Body)) {
				t.Errorf("got %q, want JSON", answer.Body)
			}
			var named struct{ ID string }
			json.Unmarshal([]byte(body), &named)
			if named.ID == "bystander" || named.ID == other {
				return
			}
			if after, there := w.pool.User(other); !there || after.Attributes["email_verified"] != "true" || after.Username != before.Username {
				t.Errorf("the bystander became %+v", after)
			}
		})
	})
}

package decode

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestProblem(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, "not JSON at byte 0"},
		{"cut off", `{"name":"jane`, "not JSON at byte 13"},
		{"not an object", `"jane"`, "want an object"},
		{"a string", `{"name":["jane"]}`, "name: want a string"},
		{"a number", `{"age":"jane"}`, "age: want a number"},
		{"a boolean", `{"well":"jane"}`, "well: want true or false"},
		{"a list", `{"friends":"jane"}`, "friends: want a list"},
		{"deeper", `{"home":{"street":7}}`, "home.street: want a string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var into struct {
				Name    string   `json:"name"`
				Age     int      `json:"age"`
				Well    bool     `json:"well"`
				Friends []string `json:"friends"`
				Home    struct {
					Street string `json:"street"`
				} `json:"home"`
			}
			got := Problem(json.Unmarshal([]byte(tt.in), &into))
			if got != tt.want {
				t.Errorf("Problem = %q, want %q", got, tt.want)
			}
			if strings.Contains(got, "jane") {
				t.Errorf("Problem %q repeats a value", got)
			}
		})
	}
}

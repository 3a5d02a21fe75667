package part

import (
	"strings"
	"testing"
)

func TestEnvironmentSize(t *testing.T) {
	text := func(s string) *string { return &s }
	for _, tt := range []struct {
		name string
		env  map[string]*string
		want int
	}{
		{"nothing", nil, 0},
		{"a text", map[string]*string{"NAME": text("value")}, 9},
		{"names that the deployment makes", map[string]*string{"URLS": text("a,${Token[TOKEN.12]},${Token[AWS.Region.7]}")}, 4 + 3 + 2*nameLength},
		{"as much as there is room for", map[string]*string{"A": text(strings.Repeat("a", environmentLimit-1))}, environmentLimit},
	} {
		if got := environmentSize(tt.env); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

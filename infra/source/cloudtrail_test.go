package source

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/shared/cloudtrail"
)

// TestCloudTrailPattern checks the rule against the decoder. All of the decoder's
// fixtures pass the rule except those of other operations and pools; whether an event
// failed, or names a user, is for the decoder to see. EventBridge's own engine
// (github.com/aws/event-ruler, 1.8.1) gives the same answers.
func TestCloudTrailPattern(t *testing.T) {
	const poolID = "us-east-1_EXAMPLE01"
	rule := pattern(poolID)
	decoder, err := cloudtrail.NewDecoder(poolID)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../shared/cloudtrail/testdata/*.json")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	exceptions := map[string]bool{
		"hidden-pool":                     false, // no real event is known to hide its pool
		"uninteresting-page-name-as-call": true,  // there is no such call
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		result, err := decoder.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, exception := exceptions[name]
		if !exception {
			want = result.Ignored != cloudtrail.Uninteresting && result.Ignored != cloudtrail.OtherPool
		}
		if got := matches(asJSON(t, rule), asJSON(t, json.RawMessage(text))); got != want {
			t.Errorf("%s passes the rule: %t, want %t (decoder: %q)", name, got, want, result.Ignored)
		}
	}
}

// matches reports whether an event matches a pattern. It knows as much of EventBridge's
// rules as the pattern uses.
func matches(pattern, event any) bool {
	fields, _ := pattern.(map[string]any)
	object, _ := event.(map[string]any)
	for name, want := range fields {
		if name == "$or" {
			if !slices.ContainsFunc(want.([]any), func(p any) bool { return matches(p, event) }) {
				return false
			}
			continue
		}
		filters, isLeaf := want.([]any)
		if !isLeaf && !matches(want, object[name]) {
			return false
		}
		if isLeaf && !slices.ContainsFunc(filters, func(filter any) bool { return accepts(filter, object[name]) }) {
			return false
		}
	}
	return true
}

// accepts reports whether a filter accepts a field's value. In a list, one member is
// enough.
func accepts(filter, value any) bool {
	if members, ok := value.([]any); ok {
		return slices.ContainsFunc(members, func(member any) bool { return accepts(filter, member) })
	}
	operator, ok := filter.(map[string]any)
	if !ok {
		return filter == value
	}
	if _, ok := operator["exists"]; ok {
		return value == nil
	}
	text, isText := value.(string)
	return isText && strings.EqualFold(operator["equals-ignore-case"].(string), text)
}

func asJSON(t *testing.T, v any) (decoded any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// TestPatternIsShort shows that the pattern stays within EventBridge's default quota of
// 2,048 characters.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
func TestPatternIsShort(t *testing.T) {
	longest := "ap-northeast-1_" + strings.Repeat("x", 55-len("ap-northeast-1_"))
	text, err := json.Marshal(pattern(longest))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 2048 {
		t.Errorf("the pattern has %d characters, want 2,048 at most", len(text))
	}
}

package userpool

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// TestWordsHaveCounterparts shows that every word that a setting may have is translated
// for CloudFormation.
func TestWordsHaveCounterparts(t *testing.T) {
	for _, tt := range []struct {
		of      reflect.Type
		field   string
		words   map[string]string
		without string // translated elsewhere
	}{
		{reflect.TypeFor[newpool.SignIn](), "By", attributeNames, "username"},
		{reflect.TypeFor[newpool.Pool](), "Verify", attributeNames, ""},
		{reflect.TypeFor[newpool.Pool](), "Recovery", attributeNames, ""},
		{reflect.TypeFor[newpool.MFA](), "Mode", mfaModes, ""},
		{reflect.TypeFor[newpool.CustomAttribute](), "Type", attributeTypes, ""},
		{reflect.TypeFor[newpool.Client](), "AuthFlows", authFlows, ""},
	} {
		field, ok := tt.of.FieldByName(tt.field)
		words := strings.Fields(field.Tag.Get("oneOf"))
		if !ok || words == nil {
			t.Errorf("%v has no words for %s", tt.of, tt.field)
		}
		for _, word := range slices.DeleteFunc(words, func(w string) bool { return w == tt.without }) {
			if tt.words[word] == "" {
				t.Errorf("%s %q has no counterpart", tt.field, word)
			}
		}
	}
}

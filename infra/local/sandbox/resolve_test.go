package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// known are the resources that the tests refer to.
func known(id string) (made, error) {
	if id == "Queue" {
		return made{ref: "http://queue", attributes: map[string]string{"Arn": "arn:queue"}}, nil
	}
	return made{}, fmt.Errorf("%w: no resource %s", ErrUnresolved, id)
}

func TestResolve(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", `{"a":[1,"b",true,null]}`, `{"a":[1,"b",true,null]}`},
		{"reference", `{"Ref":"Queue"}`, `"http://queue"`},
		{"pseudo parameter", `{"Ref":"AWS::Region"}`, `"us-east-1"`},
		{"attribute", `{"Fn::GetAtt":["Queue","Arn"]}`, `"arn:queue"`},
		{"nested", `{"x":{"y":[{"Ref":"Queue"}]}}`, `{"x":{"y":["http://queue"]}}`},
		{"join", `{"Fn::Join":["/",["a",{"Ref":"Queue"},1]]}`, `"a/http://queue/1"`},
		{"substitute", `{"Fn::Sub":"${AWS::AccountId}-${Queue}-${Queue.Arn}-${!kept}"}`, `"123456789012-http://queue-arn:queue-${kept}"`},
		{"a member called Ref among others", `{"Ref":"Queue","Other":1}`, `{"Other":1,"Ref":"Queue"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resolved, err := resolver{known}.value(decodeJSON(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(resolved)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("resolved (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveErrorsSayWhat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"unknown resource", `{"Environment":{"URL":{"Ref":"Nobody"}}}`, "Environment: URL: cannot resolve: no resource Nobody"},
		{"unknown attribute", `{"Fn::GetAtt":["Queue","Colour"]}`, "attribute Colour of Queue"},
		{"unknown function", `{"Fn::Select":[0,["a"]]}`, "Fn::Select"},
		{"malformed attribute", `{"Fn::GetAtt":"Queue.Arn"}`, "Fn::GetAtt"},
		{"malformed join", `{"Fn::Join":["a"]}`, "Fn::Join"},
		{"unknown in a text", `{"Fn::Sub":"${Nobody}"}`, "no resource Nobody"},
		{"unknown in a list", `["a",{"Fn::Join":["",[{"Ref":"Nobody"}]]}]`, "no resource Nobody"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resolved, err := resolver{known}.value(decodeJSON(t, tt.in))
			if !errors.Is(err, ErrUnresolved) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and error %v, want %v with %q", resolved, err, ErrUnresolved, tt.want)
			}
		})
	}
}

func decodeJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

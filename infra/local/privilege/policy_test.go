package privilege

import (
	"encoding/json"
	"testing"
)

const (
	queueARN  = "arn:aws:sqs:us-east-1:123456789012:LiveQueue"
	secretARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:userhub-key-AbCdEf"
	keyARN    = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// policy reads a policy document.
func policy(t *testing.T, text string) Policy {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	p, err := ParsePolicy(document)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAllows(t *testing.T) {
	send := Call{Action: "sqs:SendMessage", Resource: queueARN}
	decrypt := Call{Action: "kms:Decrypt", Resource: keyARN, Context: map[string]string{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
	tests := []struct {
		name, policy string
		call         Call
		want         bool
	}{
		{"nothing", `{"Statement":[]}`, send, false},
		{"this", `{"Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queueARN + `"}]}`, send, true},
		{"among others", `{"Statement":[{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:SendMessage"],"Resource":["*"]}]}`, send, true},
		{"another action", `{"Statement":[{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"*"}]}`, send, false},
		{"another resource", `{"Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queueARN + `2"}]}`, send, false},
		{"the beginning of a resource", `{"Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1"}]}`, send, false},
		{"wildcards", `{"Statement":[{"Effect":"Allow","Action":"SQS:Send*","Resource":"arn:aws:sqs:*:Liv?Queue"}]}`, send, true},
		{"a dot is no wildcard", `{"Statement":[{"Effect":"Allow","Action":"sqs.SendMessage","Resource":"*"}]}`, send, false},
		{"denied in the end", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sqs:*","Resource":"*"}]}`, send, false},
		{"under a condition", `{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}}]}`, decrypt, true},
		{"under another condition", `{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}]}`, decrypt, false},
		{"under a condition of another kind", `{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"*"}}}]}`, decrypt, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := policy(t, tt.policy).Allows(tt.call); got != tt.want {
				t.Errorf("Allows = %t, want %t", got, tt.want)
			}
		})
	}
}

// TestUnused shows that a grant counts as needed only if it allows exactly what was
// called.
func TestUnused(t *testing.T) {
	tests := []struct {
		name, action, resource string
		want                   int
	}{
		{"what was called", "sqs:SendMessage", queueARN, 0},
		{"in other letters", "SQS:sendMessage", queueARN, 0},
		{"something else", "sqs:ReceiveMessage", queueARN, 1},
		{"more actions", "sqs:*", queueARN, 1},
		{"more resources", "sqs:SendMessage", "*", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := NewGate()
			g.Limit("deliver", policy(t, `{"Statement":[{"Effect":"Allow","Action":"`+tt.action+`","Resource":"`+tt.resource+`"}]}`))
			g.Pass(Call{Identity: "deliver", Action: "sqs:SendMessage", Resource: queueARN})
			if got := g.Unused("deliver"); len(got) != tt.want {
				t.Errorf("Unused = %v, want %d", got, tt.want)
			}
		})
	}
}

// TestParsePolicy shows that an unknown element is not ignored: it could allow anything.
func TestParsePolicy(t *testing.T) {
	for _, element := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		document := map[string]any{"Version": "2012-10-17", "Statement": []any{
			map[string]any{"Sid": "Example", "Effect": "Allow", "Action": "*", "Resource": "*", element: "*"},
		}}
		if got, err := ParsePolicy(document); err == nil {
			t.Errorf("%s: got %+v, want an error", element, got)
		}
	}
}

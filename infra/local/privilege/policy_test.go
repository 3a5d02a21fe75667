package privilege

import (
	"encoding/json"
	"testing"
)

const (
	queueARN  = "arn:aws:sqs:us-east-1:123456789012:ChangesQueue"
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
		{"wildcards", `{"Statement":[{"Effect":"Allow","Action":"SQS:Send*","Resource":"arn:aws:sqs:*:Change?Queue"}]}`, send, true},
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

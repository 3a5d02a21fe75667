package main

import (
	"testing"
)

func TestStatementAdmitsOnlyItsPool(t *testing.T) {
	const pool, other = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/A", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/B"
	cognito := map[string]any{"Service": "cognito-idp.amazonaws.com"}
	source := func(arn string) map[string]map[string]string {
		return map[string]map[string]string{"ArnLike": {"AWS:SourceArn": arn}, "StringEquals": {"AWS:SourceAccount": accountID}}
	}
	for _, tt := range []struct {
		name string
		in   statement
		want bool
	}{
		{"its own", statement{"", "Allow", "lambda:InvokeFunction", cognito, source(pool)}, true},
		{"another pool's", statement{"", "Allow", "lambda:InvokeFunction", cognito, source(other)}, false},
		{"a denial", statement{"", "Deny", "lambda:InvokeFunction", cognito, source(pool)}, false},
		{"another action", statement{"", "Allow", "lambda:GetFunction", cognito, source(pool)}, false},
		{"another service", statement{"", "Allow", "lambda:InvokeFunction", map[string]any{"Service": "apigateway.amazonaws.com"}, source(pool)}, false},
		{"another account's", statement{"", "Allow", "lambda:InvokeFunction", cognito,
			map[string]map[string]string{"StringEquals": {"AWS:SourceAccount": "444455556666"}}}, false},
		{"an unknown condition", statement{"", "Allow", "lambda:InvokeFunction", cognito,
			map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.admits(pool); got != tt.want {
				t.Errorf("admits = %t, want %t", got, tt.want)
			}
		})
	}
}

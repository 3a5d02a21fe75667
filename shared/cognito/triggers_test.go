package cognito

import (
	"testing"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

func TestTriggers(t *testing.T) {
	tests := []struct {
		name string
		pool *cognitotest.Pool
		want Triggers
	}{
		{"none", cognitotest.New(), Triggers{}},
		{"both", cognitotest.New(cognitotest.Triggers("arn:one", "arn:two")), Triggers{PostAuthentication: "arn:one", PostConfirmation: "arn:two"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := New(tt.pool, cognitotest.ID).Triggers(t.Context()); err != nil || got != tt.want {
				t.Errorf("Triggers() = %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
	denied := cognitotest.New()
	denied.Fail(func(cognitotest.Call) error { return cognitotest.Denied() })
	if got, err := New(denied, cognitotest.ID).Triggers(t.Context()); err == nil {
		t.Errorf("Triggers() of a pool that denies it = %+v, want an error", got)
	}
}

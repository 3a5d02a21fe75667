package reconcile_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Cognito moves an alias from one user to another and says so of the new owner alone.
// The former owner, whose address is verified no more, is put right by the next run.
func TestARunPutsRightWhoLostAnAddress(t *testing.T) {
	bubble(t, "alias", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Aliases("email")))
		former := w.pool.Add("joe", map[string]string{"email": "shared@example.com", "email_verified": "true"})
		owner := w.pool.Add("jane", nil)
		w.sync(reconcile.Request{ID: "first"})

		time.Sleep(time.Minute) // on the test's clock
		if _, err := w.pool.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{
			UserPoolId: aws.String(cognitotest.ID), Username: aws.String("jane"),
			UserAttributes: []types.AttributeType{
				{Name: aws.String("email"), Value: aws.String("shared@example.com")},
				{Name: aws.String("email_verified"), Value: aws.String("true")},
			},
		}); err != nil {
			t.Fatal(err)
		}
		event := directory.Change{Kind: directory.Changed, Origin: directory.CloudTrail, Sub: owner, ObservedAt: time.Now()}
		if got, err := w.deliverer().Deliver(t.Context(), event); got != reconcile.Delivered || err != nil {
			t.Fatalf("Deliver = %q, %v; want %q", got, err, reconcile.Delivered)
		}
		if got := w.held[owner].Attributes["email_verified"]; got != "true" {
			t.Errorf("after the event the target holds the new owner's address verified: %q, want true", got)
		}
		w.sync(reconcile.Request{ID: "second"})
		if got := w.held[former].Attributes["email_verified"]; got != "false" {
			t.Errorf("after a run the target holds the former owner's address verified: %q, want false", got)
		}
		w.agree("after a run")
	})
}

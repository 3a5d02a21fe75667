package cognito

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Triggers are the ARNs of the functions that a pool calls for our two triggers;
// empty for none.
type Triggers struct {
	PostAuthentication string // after each sign-in
	PostConfirmation   string // after each confirmed sign-up
}

// Triggers returns which functions the pool calls.
func (p *Pool) Triggers(ctx context.Context) (Triggers, error) {
	d, err := p.describe(ctx)
	if err != nil || d.LambdaConfig == nil {
		return Triggers{}, err
	}
	return Triggers{
		PostAuthentication: aws.ToString(d.LambdaConfig.PostAuthentication),
		PostConfirmation:   aws.ToString(d.LambdaConfig.PostConfirmation),
	}, nil
}

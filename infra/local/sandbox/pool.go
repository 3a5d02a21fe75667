package sandbox

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// userPool makes a user pool. CloudFormation's properties have the same names as
// CreateUserPool's parameters, except for two.
func (c *creator) userPool(p properties) (made, error) {
	p["PoolName"] = p["UserPoolName"]
	for _, name := range []string{
		"UserPoolName",
		"EnabledMfas", // set by another call, and nobody here has a second factor
	} {
		delete(p, name)
	}
	var input cognitoidentityprovider.CreateUserPoolInput
	if err := p.decode(&input); err != nil {
		return made{}, err
	}
	created, err := cognitoidentityprovider.NewFromConfig(c.aws).CreateUserPool(c.ctx, &input)
	if err != nil {
		return made{}, fmt.Errorf("create user pool: %w", err)
	}
	return made{ref: aws.ToString(created.UserPool.Id), attributes: map[string]string{
		"Arn":        aws.ToString(created.UserPool.Arn),
		"UserPoolId": aws.ToString(created.UserPool.Id),
	}}, nil
}

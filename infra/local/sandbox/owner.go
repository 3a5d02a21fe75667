package sandbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// own makes what the owner has before the stack is deployed: UserHub, the secrets and, if
// the template declares no pool, the pool. It returns the template with their names in
// place of the template's.
func (s *Stack) own(ctx context.Context, template Template, settings settings) (Template, error) {
	settings.standIns["USERHUB_BASE_URL"] = s.UserHub.URL
	for variable, value := range s.UserHub.secrets() {
		arn, err := s.keep(ctx, variable, value)
		if err != nil {
			return template, err
		}
		settings.standIns[variable] = arn
	}
	if len(template.ids("AWS::Cognito::UserPool")) == 0 {
		created, err := cognitoidentityprovider.NewFromConfig(s.AWS.Config()).CreateUserPool(ctx,
			&cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("existing")})
		if err != nil {
			return template, fmt.Errorf("create the existing user pool: %w", err)
		}
		s.PoolID = aws.ToString(created.UserPool.Id)
		settings.standIns["USER_POOL_ID"] = s.PoolID
	}
	var names []string
	for variable, here := range settings.standIns {
		if given := template.variable(variable); given != "" {
			names = append(names, given, here)
		}
	}
	return template.replace(strings.NewReplacer(names...)), nil
}

// keep puts a value into Secrets Manager and returns the secret's ARN.
func (s *Stack) keep(ctx context.Context, name, value string) (string, error) {
	secret, err := secretsmanager.NewFromConfig(s.AWS.Config()).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: &name, SecretString: &value,
	})
	if err != nil {
		return "", fmt.Errorf("create secret: %w", err)
	}
	return aws.ToString(secret.ARN), nil
}

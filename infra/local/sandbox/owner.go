package sandbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// KeySecret is the name of the secret with UserHub's key.
const KeySecret = "USERHUB_KEY"

// own makes what the owner has before the stack is deployed: UserHub, the secrets and, if
// the template declares no pool, the pool. It returns the template with their names in
// place of the template's.
func (s *Stack) own(ctx context.Context, template Template, settings settings) (_ Template, err error) {
	hub := template.userHub()
	names := []string{hub.BaseURL, s.UserHub.URL}
	for _, secret := range []struct{ name, given, value string }{
		{KeySecret, hub.KeySecretARN, userhubtest.DefaultKey},
		{"WEBHOOK_SIGNING", template.variable("WEBHOOK_SIGNING_SECRET_ARN"), signingSecret},
		{"WEBHOOK_HEADER", template.variable("WEBHOOK_HEADER_SECRET_ARN"), headerSecret},
	} {
		if secret.given == "" {
			continue
		}
		arn, err := s.keep(ctx, secret.name, secret.value)
		if err != nil {
			return template, err
		}
		names = append(names, secret.given, arn)
	}
	if bus := template.bus(); bus != "" {
		arn, err := s.ownBus(ctx, bus)
		if err != nil {
			return template, err
		}
		if strings.HasPrefix(bus, "arn:") {
			names = append(names, bus, arn)
		}
	}
	if service := template.service(); service.BaseURL != "" {
		if s.Service, err = scimtest.Start(scimtest.OCI); err != nil {
			return template, fmt.Errorf("start the stand-in for a SCIM service: %w", err)
		}
		key, err := s.keep(ctx, "SCIM_KEY", scimtest.ClientSecret)
		if err != nil {
			return template, err
		}
		names = append(names, service.TokenURL, s.Service.TokenURL(), service.BaseURL, s.Service.URL,
			service.ClientID, scimtest.ClientID, service.KeySecretARN, key)
	}
	settings.differ("UserHub's address and the secrets are stand-ins")
	if len(template.ids("AWS::Cognito::UserPool")) == 0 {
		created, err := cognitoidentityprovider.NewFromConfig(s.AWS.Config()).CreateUserPool(ctx,
			&cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("existing")})
		if err != nil {
			return template, fmt.Errorf("create the existing user pool: %w", err)
		}
		s.PoolID = aws.ToString(created.UserPool.Id)
		names = append(names, template.variable("USER_POOL_ID"), s.PoolID)
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

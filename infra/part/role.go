package part

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewRole declares a role for one resource, with nothing but the given statements.
func NewRole(scope constructs.Construct, id string, assumedBy awsiam.IPrincipal, statements ...awsiam.PolicyStatement) awsiam.Role {
	return awsiam.NewRole(scope, &id, &awsiam.RoleProps{
		AssumedBy: assumedBy,
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"permissions": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
}

// Allow returns a statement that allows actions on one resource.
func Allow(resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: &[]*string{resource},
	})
}

// ReadSecret returns the permissions to read one secret, by its ARN: the secret
// itself and, if the owner's own KMS key encrypts it, that key for this secret only.
// keyARN is empty if the key aws/secretsmanager encrypts the secret.
func ReadSecret(arn, keyARN string) []awsiam.PolicyStatement {
	statements := []awsiam.PolicyStatement{Allow(&arn, "secretsmanager:GetSecretValue")}
	if keyARN == "" {
		return statements
	}
	decrypt := Allow(&keyARN, "kms:Decrypt")
	decrypt.AddCondition(jsii.String("StringEquals"), map[string]string{
		"kms:ViaService":                  "secretsmanager." + strings.Split(arn, ":")[3] + ".amazonaws.com",
		"kms:EncryptionContext:SecretARN": arn,
	})
	return append(statements, decrypt)
}

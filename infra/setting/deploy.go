package setting

// Deploy is the stack as a whole: its name, its check, and where its secrets are.
type Deploy struct {
	StackName         string `json:"stackName" form:"stackName" default:"poolsync" doc:"Name of the CloudFormation stack, and of its pool and metrics. Each pool has a stack of its own." want:"letters, digits and hyphens, beginning with a letter, at most 100" example:"poolsync-staging"`
	ConnectivityCheck string `json:"connectivityCheck" oneOf:"strict advisory off" default:"strict" doc:"What becomes of a deployment whose connectivity check fails at its end. 'strict': it fails and is rolled back. 'advisory': it stands, and the check's log says what is wrong. 'off': nothing is checked." example:"advisory"`
	SecretsKMSKeyARN  string `json:"secretsKmsKeyArn" form:"keyArn" doc:"ARN of the KMS key that encrypts the secrets, if it is one of your own." want:"the ARN of a KMS key; leave it out for the key aws/secretsmanager" example:"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"`
	SecretsAccountID  string `json:"secretsAccountId" form:"accountId" doc:"AWS account that holds the secrets, if the stack goes to another. The policies of the secrets, and of their key ('deploy.secretsKmsKeyArn', which is required then), have to admit the stack's functions." want:"an account's twelve digits" example:"444455556666"`
}

// The values of Deploy.ConnectivityCheck.
const (
	CheckStrict   = "strict"
	CheckAdvisory = "advisory"
	CheckOff      = "off"
)

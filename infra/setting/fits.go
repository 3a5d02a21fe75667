package setting

import "github.com/poolsync/poolsync/infra/setting/form"

// Fits refuses settings whose stack the CDK's command line would deploy to another
// place than where its secrets are. Either argument is empty if the command line does
// not know it. The error is an [Error].
func (s Settings) Fits(account, region string) error {
	var problems form.Problems
	anchor := s.anchor()
	if own := s.Region(); region != "" && own != "" && region != own && !s.Pool.Existing() {
		problems = append(problems, form.Problem{Path: anchor.path, Text: "is in " + own + ", but the stack would go to " + region +
			": set AWS_REGION to " + own + ", or keep a replica of the secret in " + region})
	}
	if own := part(anchor.arn, accountPart); account != "" && own != "" && account != own && s.Deploy.SecretsAccountID == "" {
		problems = append(problems, form.Problem{Path: anchor.path, Text: "is in another account than your AWS credentials: " +
			"use those of its account, or name its account by deploy.secretsAccountId"})
	}
	if problems == nil {
		return nil
	}
	return Error(problems)
}

package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// adminCreation says who creates users, and how they are invited. We found no word on
// whether Cognito returns to its own texts when you remove yours.
func adminCreation(pool newpool.Pool) any {
	property := &awscognito.CfnUserPool_AdminCreateUserConfigProperty{AllowAdminCreateUserOnly: jsii.Bool(!pool.SelfSignUp)}
	if invitation := pool.Messages.Invitation; invitation != (newpool.Invitation{}) {
		property.InviteMessageTemplate = &awscognito.CfnUserPool_InviteMessageTemplateProperty{
			EmailSubject: part.Text(invitation.Subject), EmailMessage: part.Text(invitation.Body), SmsMessage: part.Text(invitation.SMS),
		}
	}
	return property
}

// sender says who sends, even if that is Cognito: if it were left out, SES might stay.
func sender(e newpool.Email) any {
	account := "COGNITO_DEFAULT"
	if e.SESIdentityARN != "" {
		account = "DEVELOPER"
	}
	return &awscognito.CfnUserPool_EmailConfigurationProperty{
		EmailSendingAccount: &account,
		SourceArn:           part.Text(e.SESIdentityARN),
		From:                part.Text(e.From),
		ReplyToEmailAddress: part.Text(e.ReplyTo),
		ConfigurationSet:    part.Text(e.ConfigurationSet),
	}
}

// verification says whether a code or a link verifies, even if it is a code: if it were
// left out, the link might stay. We found no word on whether Cognito returns to its own
// texts when you remove yours.
func verification(v newpool.Verification) any {
	if v.By == "link" {
		return &awscognito.CfnUserPool_VerificationMessageTemplateProperty{
			DefaultEmailOption: jsii.String("CONFIRM_WITH_LINK"),
			EmailSubjectByLink: part.Text(v.Subject), EmailMessageByLink: part.Text(v.Body), SmsMessage: part.Text(v.SMS),
		}
	}
	return &awscognito.CfnUserPool_VerificationMessageTemplateProperty{
		DefaultEmailOption: jsii.String("CONFIRM_WITH_CODE"),
		EmailSubject:       part.Text(v.Subject), EmailMessage: part.Text(v.Body), SmsMessage: part.Text(v.SMS),
	}
}

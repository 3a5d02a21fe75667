package setting

import (
	"errors"
	"regexp"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// arn is the form of an ARN, which has to be of our partition.
func arn(pattern, complaint string) form.Text {
	return form.Text{
		Pattern:   pattern,
		Complaint: complaint,
		Mistake: func(text string) string {
			if parts := strings.Split(text, ":"); parts[0] == "arn" && len(parts) > 1 && parts[1] != partition {
				return "is of another partition than aws, the only one that poolsync supports"
			}
			return ""
		},
	}
}

// secretARN is the full ARN of a secret: a policy needs it. Secrets Manager adds the
// six characters at its end; a policy that leaves them out matches nothing.
var secretARN = form.Text{
	Pattern:   `^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$`,
	Complaint: "is not the full ARN of a secret",
	Mistake: func(text string) string {
		switch {
		case strings.HasPrefix(text, "conn_"):
			return "is the id of a connection: that belongs in connectionId, and here the ARN of a secret"
		case !strings.HasPrefix(text, "arn:"):
			return "is not an ARN; if it is the secret's value, put that into Secrets Manager and never here"
		}
		return arn("", "").Mistake(text)
	},
}

// The ARNs of other things.
var (
	// keyARN is that of a key, but of no alias: a policy on an alias grants nothing.
	keyARN  = arn(`^arn:aws:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$`, "is not the ARN of a KMS key")
	roleARN = arn(`^arn:aws:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$`, "is not the ARN of a role")
	// topicARN is that of a standard topic: an alarm cannot publish to another.
	topicARN = arn(`^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$`, "is not the ARN of a standard SNS topic")
	// functionARN is that of a function, or of a version or an alias of one.
	functionARN = arn(`^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?$`, "is not the full ARN of a Lambda function")
)

// poolARN is what a pool's id is the last part of.
var poolARN = regexp.MustCompile(`^arn:aws[a-z-]*:cognito-idp:[^:]*:\d*:userpool/`)

var poolID = form.Text{
	Pattern:   `^[a-z]+(-[a-z]+)+-\d+_[0-9A-Za-z]+$`,
	Complaint: "is not the id of a user pool",
	Mistake: func(text string) string {
		if poolARN.MatchString(text) {
			return `is the pool's ARN: give its last part only, which follows "userpool/"`
		}
		return ""
	},
}

// accountID is an account's, with or without the hyphens that the console shows.
var accountID = form.Text{
	Pattern:   `^(\d{12}|\d{4}-\d{4}-\d{4})$`,
	Complaint: "is not the id of an AWS account",
	Clean:     func(text string) string { return strings.ReplaceAll(text, "-", "") },
}

// externalID is what IAM accepts.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
var externalID = form.Text{
	Pattern:   `^[A-Za-z0-9_+=,.@:/-]+$`,
	Complaint: "is not an external id that IAM takes",
	Check: func(text string) error {
		if len(text) < 2 || len(text) > 1224 {
			return errors.New("is shorter than 2 or longer than 1224 characters")
		}
		return nil
	},
}

// stackName is what CloudFormation accepts, but for names longer than SNS takes for the
// sender of an alarm.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sns-topic.html
var stackName = form.Text{
	Pattern:   `^[A-Za-z][A-Za-z0-9-]{0,99}$`,
	Complaint: "is not a name that CloudFormation and SNS take",
}

// busName leaves out the names of partners' buses, which hold a slash: nobody but the
// partner can put events there.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
var busName = form.Text{
	Pattern:   `^[A-Za-z0-9._-]{1,256}$`,
	Complaint: "is not a name that an event bus of your own can have",
}

// bus is the name of a bus of this account and Region, or the ARN of any.
var bus = form.Text{
	Pattern:   `^(arn:aws:events:[a-z0-9-]+:\d{12}:event-bus/)?[A-Za-z0-9._-]{1,256}$`,
	Complaint: "is neither the name nor the ARN of an event bus",
	Mistake:   arn("", "").Mistake,
}

var domainName = form.Text{
	Pattern:   `^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$`,
	Complaint: "is not a plain domain name",
	Clean:     strings.ToLower,
}

// domainPrefix refuses the words that Cognito keeps for AWS.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
var domainPrefix = form.Text{
	Pattern:   `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`,
	Complaint: "is not a prefix that Cognito takes",
	Check: func(text string) error {
		for _, reserved := range []string{"aws", "amazon", "cognito"} {
			if strings.Contains(text, reserved) {
				return errors.New("holds a word that Cognito keeps for AWS: aws, amazon or cognito")
			}
		}
		return nil
	},
}

// revision is only ever compared.
var revision = form.Text{
	Pattern:   `^[A-Za-z0-9_.-]{1,40}$`,
	Complaint: "is not a plain word",
}

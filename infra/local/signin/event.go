package signin

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// event is what Cognito sends to a trigger
// (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html).
type event struct {
	Version       string   `json:"version"`
	TriggerSource string   `json:"triggerSource"`
	Region        string   `json:"region"`
	UserPoolID    string   `json:"userPoolId"`
	UserName      string   `json:"userName"`
	CallerContext caller   `json:"callerContext"`
	Request       request  `json:"request"`
	Response      struct{} `json:"response"`
}

type caller struct {
	AWSSDKVersion string `json:"awsSdkVersion"`
	ClientID      string `json:"clientId"`
}

type request struct {
	UserAttributes map[string]string `json:"userAttributes"`
	// NewDeviceUsed is in PostAuthentication events only.
	NewDeviceUsed *bool `json:"newDeviceUsed,omitempty"`
}

// newEvent returns the event for a user of the pool.
func newEvent(source, poolID, clientID string, user *cognitoidentityprovider.AdminGetUserOutput) ([]byte, error) {
	region, _, _ := strings.Cut(poolID, "_")
	e := event{
		Version:       "1",
		TriggerSource: source,
		Region:        region,
		UserPoolID:    poolID,
		UserName:      aws.ToString(user.Username),
		CallerContext: caller{AWSSDKVersion: "aws-sdk-unknown-unknown", ClientID: clientID},
		Request:       request{UserAttributes: map[string]string{"cognito:user_status": string(user.UserStatus)}},
	}
	for _, attribute := range user.UserAttributes {
		e.Request.UserAttributes[aws.ToString(attribute.Name)] = aws.ToString(attribute.Value)
	}
	if strings.HasPrefix(source, "PostAuthentication") {
		e.Request.NewDeviceUsed = aws.Bool(false)
	}
	return json.Marshal(e)
}

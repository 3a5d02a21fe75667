package attach

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// pool is a user pool as read at one moment, in two forms: as the SDK understands it,
// from which an update is made, and as Cognito sent it, complete.
type pool struct {
	known *types.UserPoolType
	shown map[string]any
	mfa   map[string]any // the answer of GetUserPoolMfaConfig
}

// read reads a pool: first what is only compared, then what an update is made from,
// so that little time passes between that and the update.
func (a *Attacher) read(ctx context.Context, poolID string) (*pool, error) {
	var p pool
	var body []byte
	if _, err := a.cognito.GetUserPoolMfaConfig(ctx, &cognitoidentityprovider.GetUserPoolMfaConfigInput{UserPoolId: &poolID}, keep(&body)); err != nil {
		return nil, fmt.Errorf("read the MFA settings of pool %s: %w", poolID, err)
	}
	if err := json.Unmarshal(body, &p.mfa); err != nil {
		return nil, fmt.Errorf("read the MFA settings of pool %s: answer is not a JSON object", poolID)
	}
	out, err := a.cognito.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &poolID}, keep(&body))
	if err != nil {
		return nil, fmt.Errorf("read pool %s: %w", poolID, err)
	}
	answer := struct{ UserPool *map[string]any }{&p.shown}
	if err := json.Unmarshal(body, &answer); err != nil || out.UserPool == nil || p.shown == nil {
		return nil, fmt.Errorf("read pool %s: answer has no pool", poolID)
	}
	p.known = out.UserPool
	return &p, nil
}

// reread reads a pool after an update.
func (a *Attacher) reread(ctx context.Context, poolID string) (*pool, error) {
	ctx, cancel := context.WithTimeout(ctx, rereadTimeout)
	defer cancel()
	return a.read(ctx, poolID)
}

// keep stores the body of an answer as it arrived, before the SDK picks out the
// fields that it knows.
func keep(body *[]byte) func(*cognitoidentityprovider.Options) {
	reader := middleware.DeserializeMiddlewareFunc("KeepBody", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		response, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, metadata, err
		}
		*body, err = io.ReadAll(response.Body)
		response.Body.Close()
		response.Body = io.NopCloser(bytes.NewReader(*body))
		return out, metadata, err
	})
	return cognitoidentityprovider.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(reader, middleware.After) // next to the transport
	})
}

// update sends one request. It is not repeated as it is: before another try the pool
// must be read again, because somebody else may have changed it meanwhile.
func (a *Attacher) update(ctx context.Context, in *cognitoidentityprovider.UpdateUserPoolInput) error {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	once := func(o *cognitoidentityprovider.Options) { o.RetryMaxAttempts = 1 }
	_, err := a.cognito.UpdateUserPool(ctx, in, once, sendFalse())
	if err != nil {
		return fmt.Errorf("update pool %s: %w", aws.ToString(in.UserPoolId), err)
	}
	return nil
}

func (p *pool) id() string { return aws.ToString(p.known.Id) }

// triggers returns the pool's two triggers.
func (p *pool) triggers() Triggers {
	if p.known.LambdaConfig == nil {
		return Triggers{}
	}
	return Triggers{
		PostAuthentication: aws.ToString(p.known.LambdaConfig.PostAuthentication),
		PostConfirmation:   aws.ToString(p.known.LambdaConfig.PostConfirmation),
	}
}

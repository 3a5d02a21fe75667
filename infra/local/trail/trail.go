// Package trail stands in for CloudTrail: it sees the calls that change users of a
// user pool, and puts on the emulator's event bus what AWS would put there
// (https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html).
//
// It records administrators' calls and calls that a user makes with an access token. It
// does not record sign-ups, answers to challenges, the login pages, or calls that only
// read. CloudTrail's events come within seconds or minutes, some twice, some never; these
// come at once, and exactly once.
package trail

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// service is the SDK's prefix for operations of Cognito user pools.
const service = "AWSCognitoIdentityProviderService."

// byToken are the recorded operations that a user makes with an access token. All others
// name a pool and a user.
var byToken = map[string]bool{"DeleteUser": true, "DeleteUserAttributes": true, "UpdateUserAttributes": true}

// byAdmin are the recorded operations of administrators.
var byAdmin = map[string]bool{
	"AdminAddUserToGroup": true, "AdminConfirmSignUp": true, "AdminCreateUser": true, "AdminDeleteUser": true,
	"AdminDeleteUserAttributes": true, "AdminDisableUser": true, "AdminEnableUser": true,
	"AdminRemoveUserFromGroup": true, "AdminResetUserPassword": true, "AdminSetUserPassword": true,
	"AdminUpdateUserAttributes": true,
}

// Trail records calls.
type Trail struct {
	pools *cognitoidentityprovider.Client
	bus   *eventbridge.Client

	mu    sync.Mutex
	roles map[string]string // guarded by mu; ARNs by the access key of their sessions
}

// New returns a trail that puts events on the default bus of an emulator.
func New(emulator aws.Config) *Trail {
	return &Trail{
		pools: cognitoidentityprovider.NewFromConfig(emulator),
		bus:   eventbridge.NewFromConfig(emulator),
		roles: map[string]string{},
	}
}

// Identify says which role calls with an access key. Any other caller counts as an
// administrator.
func (t *Trail) Identify(accessKey, roleARN string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.roles[accessKey] = roleARN
}

// Before returns next with its calls recorded. An event is on the bus before the call is
// answered. If the event cannot be put there, the answer is 500, so that no test waits for
// it.
func (t *Trail) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation, found := strings.CutPrefix(r.Header.Get("X-Amz-Target"), service)
		if !found || !byToken[operation] && !byAdmin[operation] {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		before := t.sub(r.Context(), operation, body) // a deleted user can be found only now

		answer := &recorder{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(answer, r)
		c := call{operation: operation, request: body, role: t.role(r), agent: r.UserAgent(), sub: before}
		if c.sub == "" {
			c.sub = t.sub(r.Context(), operation, body) // a created user, only now
		}
		if answer.status != http.StatusOK {
			c.failure = failure(answer.body.Bytes())
		}
		if err := t.put(r.Context(), c); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(answer.status)
		w.Write(answer.body.Bytes())
	})
}

// sub returns the sub of the user that a request is about, or "".
func (t *Trail) sub(ctx context.Context, operation string, body []byte) string {
	var in struct{ UserPoolId, Username, AccessToken string }
	if json.Unmarshal(body, &in) != nil {
		return ""
	}
	if byToken[operation] {
		return subOfToken(in.AccessToken)
	}
	user, err := t.pools.AdminGetUser(ctx, &cognitoidentityprovider.AdminGetUserInput{
		UserPoolId: &in.UserPoolId, Username: &in.Username,
	})
	if err != nil {
		return ""
	}
	for _, attribute := range user.UserAttributes {
		if aws.ToString(attribute.Name) == "sub" {
			return aws.ToString(attribute.Value)
		}
	}
	return ""
}

// subOfToken returns the sub of the user that an access token was issued to.
func subOfToken(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct{ Sub string }
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return claims.Sub
}

// accessKey is the part of a signature that says who signed
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html).
var accessKey = regexp.MustCompile(`Credential=([^/]+)/`)

// Caller returns the access key that a request is signed with, or "" if it is not signed.
func Caller(r *http.Request) string {
	if signed := accessKey.FindStringSubmatch(r.Header.Get("Authorization")); signed != nil {
		return signed[1]
	}
	return ""
}

// role returns the ARN of the role that signed a request.
func (t *Trail) role(r *http.Request) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return cmp.Or(t.roles[Caller(r)], administrator)
}

// put puts the record of a call on the bus.
func (t *Trail) put(ctx context.Context, c call) error {
	detail, err := json.Marshal(c.record())
	if err != nil {
		return err
	}
	put, err := t.bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		Source:     aws.String("aws.cognito-idp"),
		DetailType: aws.String("AWS API Call via CloudTrail"),
		Detail:     aws.String(string(detail)),
	}}})
	if err == nil && put.FailedEntryCount > 0 {
		err = fmt.Errorf("%s", aws.ToString(put.Entries[0].ErrorMessage))
	}
	if err != nil {
		return fmt.Errorf("put the event of %s: %w", c.operation, err)
	}
	return nil
}

// recorder holds an answer back.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

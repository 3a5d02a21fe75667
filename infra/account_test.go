package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"github.com/poolsync/poolsync/infra/local/cloudformation"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
	"github.com/poolsync/poolsync/shared/cognito/attach/customresource"
)

// The tests' pools, and UserHub's own function, which the first pool calls if a test
// says so.
const (
	poolA, poolB  = "us-east-1_POOLA", "us-east-1_POOLB"
	userhubSignin = "arn:aws:lambda:us-east-1:111122223333:function:userhubSignin"
	stranger      = "arn:aws:lambda:us-east-1:111122223333:function:stranger"
)

// account carries out what decides whether a pool may call a function: functions, roles,
// permissions and pools, and the attachments with the real handler. Everything else
// exists in name only. After each step it looks at every pool.
type account struct {
	*testing.T
	pools     map[string]*attachtest.Pool
	functions *attachtest.Functions
	roles     map[string]map[string][]any // statements by role and policy
	environ   map[string]map[string]any   // environment variables by function
	roleOf    map[string]string           // by function
	fail      map[string]failure          // by "create" or "delete" and the beginning of the logical id
	postauth  string                      // the newest function for it
	empty     string                      // a pool just made, without users yet
	told      map[string]bool             // pools that look has complained about
	made      int
}

// failure is how a step fails.
type failure int

const (
	atOnce    failure = iota + 1 // the step did nothing
	unnoticed                    // the step was carried out, but its answer was lost
)

func newAccount(t *testing.T) *account {
	a := &account{
		T: t, pools: map[string]*attachtest.Pool{}, functions: attachtest.NewFunctions(),
		roles: map[string]map[string][]any{}, environ: map[string]map[string]any{}, roleOf: map[string]string{},
		fail: map[string]failure{}, told: map[string]bool{},
	}
	for _, id := range []string{poolA, poolB} {
		a.addPool(id, "arn:aws:cognito-idp:us-east-1:AWS::AccountId:userpool/"+id, "")
	}
	for _, function := range []string{userhubSignin, stranger} {
		a.functions.Add(function)
		for _, pool := range a.pools {
			arn := pool.Settings()["Arn"].(string)
			a.functions.Permit(function, arn, arn)
		}
	}
	return a
}

// addPool makes a pool whose triggers both call a function, if any. It sends text
// messages with the role that the tests' settings name.
func (a *account) addPool(id, arn, function string) {
	settings := attachtest.Full(a)
	settings.Id, settings.Arn = &id, &arn
	settings.SmsConfiguration.SnsCallerArn = aws.String(exampleSMSRoleARN)
	a.pools[id] = attachtest.New(settings)
	a.hold(id, function)
}

// hold puts a function into both triggers of a pool.
func (a *account) hold(id, function string) {
	a.pools[id].Edit(func(settings map[string]any) {
		lambdas := settings["LambdaConfig"].(map[string]any)
		delete(lambdas, "PostAuthentication")
		delete(lambdas, "PostConfirmation")
		if function != "" {
			lambdas["PostAuthentication"], lambdas["PostConfirmation"] = function, function
		}
	})
}

// calls returns the functions that a pool calls for our two triggers.
func (a *account) calls(id string) [2]string {
	lambdas := a.pools[id].Settings()["LambdaConfig"].(map[string]any)
	first, _ := lambdas["PostAuthentication"].(string)
	second, _ := lambdas["PostConfirmation"].(string)
	return [2]string{first, second}
}

// look fails the test if a pool calls a function that is gone, that it may not call,
// or whose role is gone: Cognito would refuse every sign-in.
func (a *account) look(step string) {
	a.Helper()
	for id, pool := range a.pools {
		for _, function := range a.calls(id) {
			if function == "" || id == a.empty || a.told[id] {
				continue
			}
			role, ours := a.roleOf[function]
			if !a.functions.Callable(function, pool.Settings()["Arn"].(string)) || ours && a.roles[role] == nil {
				a.told[id] = true
				a.Errorf("after %s: pool %s calls %s, which it may not call, or whose role is gone", step, id, function)
			}
		}
	}
}

// Create implements [cloudformation.Provider].
func (a *account) Create(r cloudformation.Request) (string, error) {
	defer a.look("creation of " + r.LogicalID)
	a.made++
	r.PhysicalID = fmt.Sprintf("%s-%d", r.LogicalID, a.made)
	if r.Type == "AWS::Lambda::Function" {
		r.PhysicalID = "arn:aws:lambda:us-east-1:111122223333:function:" + r.PhysicalID
	}
	failing := a.failing("create " + r.LogicalID)
	if failing == atOnce {
		return r.PhysicalID, errors.New("made to fail")
	}
	id, err := a.carryOut(cfn.RequestCreate, r)
	if failing == unnoticed {
		err = errors.New("answer lost on purpose")
	}
	return id, err
}

// Update implements [cloudformation.Provider].
func (a *account) Update(r cloudformation.Request) (string, error) {
	defer a.look("update of " + r.LogicalID)
	return a.carryOut(cfn.RequestUpdate, r)
}

// Delete implements [cloudformation.Provider].
func (a *account) Delete(r cloudformation.Request) error {
	defer a.look("deletion of " + r.LogicalID)
	if a.failing("delete "+r.LogicalID) == atOnce {
		return errors.New("made to fail")
	}
	_, err := a.carryOut(cfn.RequestDelete, r)
	return err
}

// failing returns how a step is to fail, if it is.
func (a *account) failing(step string) failure {
	for begin, how := range a.fail {
		if strings.HasPrefix(step, begin) {
			return how
		}
	}
	return 0
}

// carryOut does what a request asks and returns the physical id.
func (a *account) carryOut(kind cfn.RequestType, r cloudformation.Request) (string, error) {
	id, gone := r.PhysicalID, kind == cfn.RequestDelete
	text := func(name string) string { s, _ := r.Properties[name].(string); return s }
	switch r.Type {
	case "AWS::Lambda::Function":
		if kind == cfn.RequestCreate {
			a.functions.Add(id)
			if r.LogicalID == "PostauthFunction" {
				a.postauth = id
			}
		}
		if gone {
			a.functions.Remove(id)
		}
		environment, _ := r.Properties["Environment"].(map[string]any)
		a.environ[id], _ = environment["Variables"].(map[string]any)
		a.roleOf[id] = text("Role")
	case "AWS::Lambda::Permission":
		if gone {
			a.functions.Forbid(text("FunctionName"), id)
		} else {
			a.functions.Permit(text("FunctionName"), id, text("SourceArn"))
		}
	case "AWS::IAM::Role":
		if gone {
			delete(a.roles, id)
			break
		}
		if a.roles[id] == nil {
			a.roles[id] = map[string][]any{}
		}
		a.roles[id]["its own"] = nil
		for _, policy := range list(r.Properties["Policies"]) {
			document := policy.(map[string]any)["PolicyDocument"].(map[string]any)
			a.roles[id]["its own"] = append(a.roles[id]["its own"], list(document["Statement"])...)
		}
	case "AWS::IAM::Policy":
		for _, role := range list(r.Properties["Roles"]) {
			if policies := a.roles[role.(string)]; gone {
				delete(policies, id)
			} else {
				policies[id] = list(r.Properties["PolicyDocument"].(map[string]any)["Statement"])
			}
		}
	case "AWS::Cognito::UserPool":
		if kind == cfn.RequestCreate {
			a.empty = id // its permission needs its ARN, and comes next
			lambdas := r.Properties["LambdaConfig"].(map[string]any)
			a.addPool(id, id, lambdas["PostAuthentication"].(string))
		}
	case customresource.Attachment, customresource.Reattachment:
		return a.attach(kind, r)
	}
	return id, nil
}

// attach has the attach function serve a request, limited to what its role allows.
func (a *account) attach(kind cfn.RequestType, r cloudformation.Request) (string, error) {
	function := r.Properties["ServiceToken"].(string)
	role := a.roleOf[function]
	if a.roles[role] == nil {
		return r.PhysicalID, errors.New("the role of the function is gone")
	}
	poolID, current := a.environ[function]["USER_POOL_ID"].(string)
	if !current && r.Properties["FunctionArn"] == nil && kind == cfn.RequestDelete {
		return r.PhysicalID, nil // as an older version does, which knows only the other name
	}
	connect := func(context.Context) (*attach.Attacher, error) {
		client := cip.New(cip.Options{
			Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, HTTPClient: gate{a, role}, BaseEndpoint: aws.String("http://pool.invalid"),
		})
		return attach.New(client, gate{a, role}), nil
	}
	ctx, cancel := context.WithTimeout(a.Context(), userpool.AttachTimeout)
	defer cancel()
	id, _, err := customresource.New(connect, poolID, slog.New(slog.DiscardHandler)).Handle(ctx, cfn.Event{
		RequestType: kind, ResourceType: r.Type, LogicalResourceID: r.LogicalID, PhysicalResourceID: r.PhysicalID,
		ResourceProperties: r.Properties, OldResourceProperties: r.Old,
	})
	return id, err
}

// gate lets through what a role allows.
type gate struct {
	*account
	role string
}

// allows reports whether one of the role's statements allows an action.
func (g gate) allows(action, resource string) bool {
	for _, policy := range g.roles[g.role] {
		for _, statement := range policy {
			s := statement.(map[string]any)
			if slices.Contains(list(s["Action"]), any(action)) && slices.Contains(list(s["Resource"]), any(resource)) {
				return true
			}
		}
	}
	return false
}

// Do implements the SDK's HTTPClient: it answers for all pools of the account.
func (g gate) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in struct {
		UserPoolID       string `json:"UserPoolId"`
		SmsConfiguration *struct{ SnsCallerArn string }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	pool, ok := g.pools[in.UserPoolID]
	switch {
	case !ok:
		return refuse(r, "ResourceNotFoundException")
	case !g.allows("cognito-idp:"+operation, pool.Settings()["Arn"].(string)):
		return refuse(r, "AccessDeniedException")
	case in.SmsConfiguration != nil && !g.allows("iam:PassRole", in.SmsConfiguration.SnsCallerArn):
		return refuse(r, "AccessDeniedException")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return pool.Do(r)
}

func refuse(r *http.Request, code string) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(strings.NewReader(`{"__type":"` + code + `"}`)), Request: r,
	}, nil
}

// GetPolicy implements [attach.Lambda].
func (g gate) GetPolicy(ctx context.Context, in *lambda.GetPolicyInput, options ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error) {
	if !g.allows("lambda:GetPolicy", *in.FunctionName) {
		return nil, &smithy.GenericAPIError{Code: "AccessDeniedException"}
	}
	return g.functions.GetPolicy(ctx, in, options...)
}

// importing refuses every update of a pool, as Cognito does during an import of users.
func importing(attachtest.Call) *attachtest.Failure {
	return &attachtest.Failure{Status: http.StatusBadRequest, Code: "UserImportInProgressException"}
}

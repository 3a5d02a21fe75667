package conformance

import (
	"crypto/rand"
	"maps"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/gateway"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/infra/local/project"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const signingSecret = "example-signing-secret"

// endpoint is the webhook's binary behind an API gateway, with the services that it uses
// in the emulator.
type endpoint struct {
	url     string
	pool    string
	queue   string
	secret  string // the signing secret's ARN
	host    *lambdahost.Host
	users   *cognitoidentityprovider.Client
	queues  *sqs.Client
	secrets *secretsmanager.Client
}

// deployWebhook builds the function and deploys it for a new pool.
func deployWebhook(t *testing.T, environment map[string]string) *endpoint {
	t.Helper()
	moto := emulator.ForTest(t)
	e := &endpoint{
		host:  lambdahost.New(),
		users: cognitoidentityprovider.NewFromConfig(moto.Config()), queues: sqs.NewFromConfig(moto.Config()),
		secrets: secretsmanager.NewFromConfig(moto.Config()),
	}
	t.Cleanup(e.host.Close)
	pool, err := e.users.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{
		PoolName: aws.String("webhook"), AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail},
	})
	if err != nil {
		t.Fatal(err)
	}
	e.pool = *pool.UserPool.Id
	e.queue = e.newQueue(t)
	e.secret = e.newSecret(t, signingSecret)

	all := map[string]string{
		"AWS_REGION": emulator.Region, "AWS_ENDPOINT_URL": moto.URL(),
		"AWS_ACCESS_KEY_ID": emulator.AccessKeyID, "AWS_SECRET_ACCESS_KEY": emulator.SecretAccessKey,
		"AWS_LAMBDA_LOG_FORMAT": "JSON", "STACK_NAME": "webhook",
		"USER_POOL_ID": e.pool, "QUEUE_URL": e.queue, "USERHUB_CONNECTION_ID": userhubtest.DefaultConnection,
		"WEBHOOK_SIGNING_SECRET_ARN": e.secret,
	}
	maps.Copy(all, environment)
	if err := e.host.Deploy(lambdahost.Function{
		Name: "webhook", Binary: buildWebhook(t), Environment: all, Timeout: 20 * time.Second,
	}); err != nil {
		t.Fatal(err)
	}
	api, err := gateway.Start(e.host, "webhook")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	e.url = api.URL
	return e
}

func buildWebhook(t *testing.T) string {
	t.Helper()
	root, err := project.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "webhook")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, "./functions/webhook")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return binary
}

func (e *endpoint) newQueue(t *testing.T) string {
	t.Helper()
	q, err := e.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("webhook-" + rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	return *q.QueueUrl
}

func (e *endpoint) newSecret(t *testing.T, value string) string {
	t.Helper()
	s, err := e.secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("webhook-" + rand.Text()), SecretString: &value})
	if err != nil {
		t.Fatal(err)
	}
	return *s.ARN
}

func (e *endpoint) addUser(t *testing.T, username string, attributes map[string]string) {
	t.Helper()
	var list []types.AttributeType
	for name, value := range attributes {
		list = append(list, types.AttributeType{Name: &name, Value: &value})
	}
	_, err := e.users.AdminCreateUser(t.Context(), &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &e.pool, Username: &username, UserAttributes: list, MessageAction: types.MessageActionTypeSuppress,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// receive takes at most one message from a queue.
func (e *endpoint) receive(t *testing.T, queueURL string) string {
	t.Helper()
	out, err := e.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queueURL})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Messages) == 0 {
		return ""
	}
	return *out.Messages[0].Body
}

// describe returns a user's name, address and state.
func (e *endpoint) describe(t *testing.T, username string) string {
	t.Helper()
	out, err := e.users.AdminGetUser(t.Context(), &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &e.pool, Username: &username})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, attribute := range out.UserAttributes {
		values[*attribute.Name] = *attribute.Value
	}
	enabled := map[bool]string{true: "true", false: "false"}[out.Enabled]
	return values["name"] + " " + values["email"] + " enabled=" + enabled
}

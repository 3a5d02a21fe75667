package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// recorder is an environment variable that turns the test binary into a function behind
// custom resources, which reports each request to this address.
const recorder = "POOLSYNC_TEST_RECORDER"

func TestMain(m *testing.M) {
	if address := os.Getenv(recorder); address != "" {
		lambda.Start(cfn.LambdaWrap(func(_ context.Context, e cfn.Event) (string, map[string]any, error) { return record(address, e) }))
	}
	os.Exit(m.Run())
}

// record reports a request, and answers with the physical id or the failure that the
// properties ask for.
func record(address string, e cfn.Event) (string, map[string]any, error) {
	id := fmt.Sprint(e.ResourceProperties["Id"])
	line := fmt.Sprintf("%s %s %s", e.RequestType, e.LogicalResourceID, id)
	if e.RequestType != cfn.RequestCreate {
		line = fmt.Sprintf("%s %s %s", e.RequestType, e.LogicalResourceID, e.PhysicalResourceID)
		if e.RequestType == cfn.RequestUpdate {
			line += " to " + id
		}
	}
	response, err := http.Post(address, "text/plain", strings.NewReader(line))
	if err != nil {
		return id, nil, err
	}
	response.Body.Close()
	if e.ResourceProperties["Fails"] == "true" && e.RequestType != cfn.RequestDelete {
		return id, nil, errors.New("asked to fail")
	}
	if e.RequestType == cfn.RequestDelete {
		return e.PhysicalResourceID, nil, nil
	}
	return id, nil, nil
}

// listener keeps what the recorder reports.
type listener struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (l *listener) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	line, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
}

// heard returns what was reported since the last call.
func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

// createRecorder deploys the test binary as a function, and returns its ARN.
func createRecorder(t *testing.T, e *emulator.Emulator, address string) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	header.SetMode(0o755)
	file, err := w.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	createStack(t, e, "role", aws.String(`{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"recorder","AssumeRolePolicyDocument":
	  {"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}}}}}`))
	out, err := lambdaapi.NewFromConfig(e.Config()).CreateFunction(t.Context(), &lambdaapi.CreateFunctionInput{
		FunctionName: aws.String("recorder"), Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Timeout: aws.Int32(30),
		Role: aws.String("arn:aws:iam::" + accountID + ":role/recorder"), Code: &types.FunctionCode{ZipFile: archive.Bytes()},
		Environment: &types.Environment{Variables: map[string]string{recorder: address}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.FunctionArn)
}

package lambdahost

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

func TestFront(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "elsewhere "+r.Method+" "+r.URL.Path)
	}))
	defer elsewhere.Close()
	address, _ := url.Parse(elsewhere.URL)
	echo := httptest.NewServer(Front(deploy(t, "echo", Function{}), address))
	defer echo.Close()
	failing := httptest.NewServer(Front(deploy(t, "fail", Function{}), address))
	defer failing.Close()

	const path = "/2015-03-31/functions/"
	tests := []struct {
		name       string
		server     *httptest.Server
		path       string
		invocation string // X-Amz-Invocation-Type
		wantStatus int
		wantBody   string
		wantHeader string // X-Amz-Function-Error or X-Amzn-Errortype
	}{
		{"name", echo, path + "f/invocations", "", 200, `{"n":1}`, ""},
		{"ARN", echo, path + url.PathEscape(Function{Name: "f"}.ARN()) + "/invocations", "RequestResponse", 200, `{"n":1}`, ""},
		{"qualified ARN", echo, path + url.PathEscape(Function{Name: "f"}.ARN()) + ":live/invocations", "", 200, `{"n":1}`, ""},
		{"partial ARN", echo, path + "123456789012:function:f/invocations", "", 200, `{"n":1}`, ""},
		{"asynchronous", echo, path + "f/invocations", "Event", 202, "", ""},
		{"dry run", echo, path + "f/invocations", "DryRun", 204, "", ""},
		{"function error", failing, path + "f/invocations", "", 200, "no luck", "Unhandled"},
		{"unknown function", echo, path + "g/invocations", "", 404, "no such function: g", "ResourceNotFoundException"},
		{"another call", echo, "/2015-03-31/functions/f", "", 200, "elsewhere POST /2015-03-31/functions/f", ""},
		{"another service", echo, "/", "", 200, "elsewhere POST /", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request, err := http.NewRequest("POST", tt.server.URL+tt.path, strings.NewReader(`{"n":1}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Amz-Invocation-Type", tt.invocation)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			if answer.StatusCode != tt.wantStatus || !strings.Contains(string(body), tt.wantBody) {
				t.Errorf("got %d %s, want %d with %q", answer.StatusCode, body, tt.wantStatus, tt.wantBody)
			}
			if got := answer.Header.Get("X-Amz-Function-Error") + answer.Header.Get("X-Amzn-Errortype"); got != tt.wantHeader {
				t.Errorf("error header: got %q, want %q", got, tt.wantHeader)
			}
		})
	}
}

// A state machine in the emulator reaches functions and the other services
// through the front.
func TestStateMachineInvokesAFunction(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	moto, err := emulator.Start(t.Context(), emulator.WithTaskPort(listener.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	defer moto.Stop()
	address, _ := url.Parse(moto.URL())
	front := &http.Server{Handler: Front(deploy(t, "echo", Function{}), address)}
	go front.Serve(listener)
	defer front.Close()

	client := sfn.NewFromConfig(moto.Config())
	machine, err := client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name:    aws.String("front"),
		RoleArn: aws.String("arn:aws:iam::" + emulator.AccountID + ":role/front"),
		Definition: aws.String(`{"StartAt":"Call","States":{"Call":{
			"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
			"Parameters":{"FunctionName":"` + Function{Name: "f"}.ARN() + `","Payload.$":"$"},
			"OutputPath":"$.Payload","End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: machine.StateMachineArn, Input: aws.String(`{"n":1}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	for {
		got, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: run.ExecutionArn})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status == sfntypes.ExecutionStatusRunning {
			continue
		}
		if output := aws.ToString(got.Output); output != `{"n": 1}` {
			t.Errorf("got %s with output %s (%s), want the function's answer", got.Status, output, aws.ToString(got.Cause))
		}
		return
	}
}

package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// The test binary is also the binary of every function that these tests deploy. BEHAVIOUR
// says which.
func TestMain(m *testing.M) {
	if behaviour := os.Getenv("BEHAVIOUR"); behaviour != "" {
		behave(behaviour)
		return
	}
	os.Exit(m.Run())
}

func behave(behaviour string) {
	switch behaviour {
	case "never polls":
		time.Sleep(time.Hour)
	case "exits early":
		os.Exit(4)
	case "init error":
		reportInitError()
	default:
		lambda.Start(handlers[behaviour])
	}
}

var (
	calls int
	leak  []byte
)

// handlers are what the functions do with an invocation.
var handlers = map[string]func(context.Context, json.RawMessage) (any, error){
	"echo": func(_ context.Context, in json.RawMessage) (any, error) { return in, nil },
	"count": func(context.Context, json.RawMessage) (any, error) {
		calls++
		return calls, nil
	},
	"environment": func(context.Context, json.RawMessage) (any, error) { return os.Environ(), nil },
	"deadline": func(ctx context.Context, _ json.RawMessage) (any, error) {
		deadline, _ := ctx.Deadline()
		return time.Until(deadline).Seconds(), nil
	},
	"log": func(_ context.Context, in json.RawMessage) (any, error) {
		fmt.Printf("out %s\n", in)
		fmt.Fprintf(os.Stderr, "err %s\n", in)
		return nil, nil
	},
	"leak": func(context.Context, json.RawMessage) (any, error) {
		leak = append(leak, make([]byte, 32<<20)...)
		for i := range leak {
			leak[i] = 1
		}
		return len(leak), nil
	},
	"fail":  func(context.Context, json.RawMessage) (any, error) { return nil, errors.New("no luck") },
	"panic": func(context.Context, json.RawMessage) (any, error) { panic("no way") },
	"crash": func(context.Context, json.RawMessage) (any, error) {
		os.Exit(3)
		return nil, nil
	},
	"hang": func(context.Context, json.RawMessage) (any, error) {
		time.Sleep(time.Hour)
		return nil, nil
	},
	"too large": func(context.Context, json.RawMessage) (any, error) {
		return strings.Repeat("x", maxPayload+1), nil
	},
	// gate answers when the server at GATE does.
	"gate": func(context.Context, json.RawMessage) (any, error) {
		answer, err := http.Get(os.Getenv("GATE"))
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return "through", err
	},
}

// reportInitError does what a runtime does if it cannot load its function.
func reportInitError() {
	address := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
	body := `{"errorMessage":"no such handler","errorType":"Runtime.ImportModuleError"}`
	if answer, err := http.Post(address, "application/json", strings.NewReader(body)); err == nil {
		answer.Body.Close()
	}
	os.Exit(1)
}

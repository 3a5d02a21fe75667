package attach

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sendFalse makes a request say false where the SDK says nothing. The SDK has some
// switches as a plain bool, and sends one only when it is true. Most of them mean the
// same left out, but a device configuration with both switches false would arrive
// empty, and "when you provide a value for any property of DeviceConfiguration, you
// activate the device remembering": without one, it might be switched off.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeviceConfigurationType.html
//
// A number of days that is 0 needs no such help: Cognito "treats it as a null
// value" (API reference, PasswordPolicyType, TemporaryPasswordValidityDays).
func sendFalse() func(*cognitoidentityprovider.Options) {
	writer := middleware.SerializeMiddlewareFunc("SendFalse", func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
		request, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.SerializeOutput{}, middleware.Metadata{}, fmt.Errorf("write the request: it is a %T", in.Request)
		}
		body, err := withFalse(request.GetStream(), in.Parameters)
		if err == nil {
			in.Request, err = request.SetStream(bytes.NewReader(body))
		}
		if err != nil {
			return middleware.SerializeOutput{}, middleware.Metadata{}, fmt.Errorf("write the request: %w", err)
		}
		return next.HandleSerialize(ctx, in)
	})
	return cognitoidentityprovider.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Serialize.Add(writer, middleware.After) // once the SDK has written it
	})
}

// withFalse returns the JSON of a request with every plain switch of the structs
// that it was written from.
func withFalse(written io.Reader, from any) ([]byte, error) {
	var body map[string]any
	if err := json.NewDecoder(written).Decode(&body); err != nil {
		return nil, err
	}
	addFalse(body, reflect.ValueOf(from))
	return json.Marshal(body)
}

// addFalse walks a JSON object alongside the SDK's struct for it. The SDK names the
// fields of its types exactly as the API does.
func addFalse(object map[string]any, from reflect.Value) {
	for from.Kind() == reflect.Pointer {
		from = from.Elem()
	}
	if from.Kind() != reflect.Struct {
		return
	}
	for field, value := range from.Fields() {
		if field.IsExported() && value.Kind() == reflect.Bool && !value.Bool() {
			object[field.Name] = false
		}
		if member, ok := object[field.Name].(map[string]any); ok {
			addFalse(member, value)
		}
	}
}

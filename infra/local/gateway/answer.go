package gateway

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// write answers with what a function returned, and reports whether that was
// possible. A value without a status is the body itself, as JSON.
func write(w http.ResponseWriter, payload []byte) bool {
	var form struct {
		StatusCode *int `json:"statusCode"`
	}
	if err := json.Unmarshal(payload, &form); err != nil || form.StatusCode == nil {
		w.Header().Set("Content-Type", "application/json")
		w.Write(payload)
		return true
	}
	var answer events.APIGatewayV2HTTPResponse
	if json.Unmarshal(payload, &answer) != nil || answer.StatusCode < 200 || answer.StatusCode > 599 {
		return false
	}
	body := []byte(answer.Body)
	if answer.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(answer.Body); err != nil {
			return false
		}
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range answer.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(answer.StatusCode)
	w.Write(body)
	return true
}

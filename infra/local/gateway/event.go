package gateway

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// timeForm is the format of requestContext.time.
const timeForm = "02/Jan/2006:15:04:05 -0700"

// newEvent returns the event that tells a function of a request. Header names are in
// lower case, repeated values are joined with commas, cookies are separate, and a body
// that does not count as text is in base64.
func newEvent(r *http.Request, body []byte) []byte {
	now := time.Now().UTC()
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	e := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              "$default",
		RawPath:               r.URL.EscapedPath(),
		RawQueryString:        r.URL.RawQuery,
		Headers:               joined(r.Header, strings.ToLower),
		QueryStringParameters: joined(r.URL.Query(), func(name string) string { return name }),
		Body:                  string(body),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "$default", Stage: "$default", AccountID: emulator.AccountID,
			APIID: "local", DomainName: r.Host, DomainPrefix: "local",
			Time: now.Format(timeForm), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: host, UserAgent: r.UserAgent(),
			},
		},
	}
	e.Headers["host"] = r.Host // net/http keeps it separately
	delete(e.Headers, "cookie")
	for _, cookie := range r.Cookies() {
		e.Cookies = append(e.Cookies, cookie.Name+"="+cookie.Value)
	}
	if len(body) > 0 && !(isText(r.Header.Get("Content-Type")) && utf8.Valid(body)) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	event, _ := json.Marshal(e) // text and numbers: never fails
	return event
}

// joined returns the values of each name joined with commas.
func joined(values map[string][]string, name func(string) string) map[string]string {
	all := make(map[string]string, len(values))
	for n, v := range values {
		all[name(n)] = strings.Join(v, ",")
	}
	return all
}

// isText reports whether a body of this type is handed over as it is. AWS does not fully
// document for which types API Gateway does that, so a function must handle both forms of
// every type.
func isText(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	switch media {
	case "application/json", "application/javascript", "application/xml":
		return true
	}
	return strings.HasPrefix(media, "text/")
}

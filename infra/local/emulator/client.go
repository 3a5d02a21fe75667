package emulator

import (
	"bytes"
	"io"
	"net/http"
)

// client is an HTTP client for an SDK whose service answers within a millisecond.
//
// The SDK closes a request's body when the answer arrives. Sometimes net/http checks only
// after that whether the body has ended. Then it sees a failure and cuts the connection
// (smithy-go's bodies answer a late WriteTo with io.EOF). So the SDK repeats a call that
// has taken effect, and the user to create exists already. A body that is plain memory
// avoids this: it is sent in one piece.
type client struct{ transport http.RoundTripper }

// Do implements [aws.HTTPClient].
func (c client) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		request.Body.Close()
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	return c.transport.RoundTrip(request)
}

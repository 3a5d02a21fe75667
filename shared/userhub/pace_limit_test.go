package userhub_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// An answer that asks for a day keeps everybody away for a quarter of an hour: it may
// be wrong, or a proxy's.
func TestNoAnswerKeepsUsAwayForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"86400"}}, Body: io.NopCloser(strings.NewReader("{}")),
			}, nil
		})
		var got pauses
		client := userhub.NewClient(staticKey("k"), "conn_test", userhub.WithTransport(answers), userhub.WithPacer(&got))
		client.Deliver(t.Context(), delivery(directory.SignIn, "jane", false))
		if len(got) == 0 || slices.Max(got) != 15*time.Minute {
			t.Errorf("everybody rests for %v, want 15m", got)
		}
	})
}

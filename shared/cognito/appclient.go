package cognito

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

const (
	clientReadRate = 2 // of the 5 a second of ListUserPoolClients for each pool
	// clientsFor is how long a list of app clients is good for, and so how long
	// the events of a deleted one are still looked up.
	clientsFor = time.Hour
	// clientsPause is the least time between two lists, whoever asks for an
	// unknown id, and so how long the events of a new client may be missed.
	clientsPause = time.Minute
)

// ClientLister is the part of the SDK that [AppClients] uses. A [cip.Client]
// satisfies it.
type ClientLister interface {
	ListUserPoolClients(context.Context, *cip.ListUserPoolClientsInput, ...func(*cip.Options)) (*cip.ListUserPoolClientsOutput, error)
}

// AppClients knows the app clients of one pool. It is safe for concurrent use.
type AppClients struct {
	client ClientLister
	poolID string
	reads  quota

	mu      sync.Mutex // guards what follows, and holds back others while one lists
	ids     map[string]bool
	readAt  time.Time // when they were listed
	triedAt time.Time // when that was last tried
}

// NewAppClients returns the app clients of the pool with this id. It lists none yet.
func NewAppClients(client ClientLister, poolID string) *AppClients {
	return &AppClients{client: client, poolID: poolID, reads: newQuota(clientReadRate)}
}

// Have reports whether the pool has an app client with this id. Its list is at most
// an hour old, and is read again, once a minute at most, for an id that is not in it.
// An error means that there is no list to go by.
func (a *AppClients) Have(ctx context.Context, id string) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fresh := a.ids != nil && time.Since(a.readAt) < clientsFor
	if fresh && a.ids[id] {
		return true, nil
	}
	if a.triedAt.IsZero() || time.Since(a.triedAt) >= clientsPause {
		ids, err := a.list(ctx)
		a.triedAt = time.Now()
		if err != nil {
			return false, err
		}
		a.ids, a.readAt = ids, time.Now()
		fresh = true
	}
	if !fresh {
		return false, fmt.Errorf("list app clients: %w: the last try failed less than %v ago", ErrUnavailable, clientsPause)
	}
	return a.ids[id], nil
}

func (a *AppClients) list(ctx context.Context) (map[string]bool, error) {
	ids := make(map[string]bool)
	in := cip.ListUserPoolClientsInput{UserPoolId: &a.poolID, MaxResults: aws.Int32(PageSize)}
	for {
		out, err := call(ctx, a.reads, "list app clients", a.client.ListUserPoolClients, &in)
		if err != nil {
			return nil, err
		}
		for _, c := range out.UserPoolClients {
			ids[aws.ToString(c.ClientId)] = true
		}
		next := aws.ToString(out.NextToken)
		if next == "" {
			return ids, nil
		}
		if next == aws.ToString(in.NextToken) {
			return nil, fmt.Errorf("list app clients: %w: a page token came twice", ErrUnexpected)
		}
		in.NextToken = &next
	}
}

// Package cognito is the pool: the Amazon Cognito user pool as the source of
// users, and as the place where users are provisioned.
//
// Users are read by ListUsers, even single ones. AdminGetUser would make the user it
// reads a monthly active user, whom the owner pays for; it is only called to prove
// that a user is gone, and to see the effect of a write, which has made the user one
// already. (Amazon Cognito developer guide, "Quotas in Amazon Cognito" and "Monthly
// active users",
// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html)
package cognito

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/throttle"
)

// Reader is the part of the SDK that reads a pool. A [cip.Client] satisfies it; make
// it with [NewClient], so that nothing retries behind this package's back.
type Reader interface {
	ListUsers(context.Context, *cip.ListUsersInput, ...func(*cip.Options)) (*cip.ListUsersOutput, error)
	ListUsersInGroup(context.Context, *cip.ListUsersInGroupInput, ...func(*cip.Options)) (*cip.ListUsersInGroupOutput, error)
	AdminGetUser(context.Context, *cip.AdminGetUserInput, ...func(*cip.Options)) (*cip.AdminGetUserOutput, error)
	AdminListGroupsForUser(context.Context, *cip.AdminListGroupsForUserInput, ...func(*cip.Options)) (*cip.AdminListGroupsForUserOutput, error)
	DescribeUserPool(context.Context, *cip.DescribeUserPoolInput, ...func(*cip.Options)) (*cip.DescribeUserPoolOutput, error)
}

// Requests a second that we take of quotas that all pools and applications of the
// account share in one Region. (Amazon Cognito developer guide, "Quotas in Amazon
// Cognito")
const (
	// DefaultListRate is a third of the 30 of UserList, which cannot be raised.
	DefaultListRate = 10
	userReadRate    = 10 // of the 120 of UserRead
	groupReadRate   = 10 // of the 50 of UserResourceRead
	poolReadRate    = 2  // of the 15 of UserPoolRead
)

// Pool is one user pool to read from. It is safe for concurrent use; all its
// calls of one kind share one rate limit.
type Pool struct {
	client Reader
	id     string

	lists      quota // ListUsers, ListUsersInGroup
	userReads  quota // AdminGetUser
	groupReads quota // AdminListGroupsForUser
	poolReads  quota // DescribeUserPool
}

// Option changes a default of [New].
type Option func(*Pool)

// ListRate sets how many ListUsers and ListUsersInGroup requests a second the pool
// gets at most, and how evenly. The default is [DefaultListRate], with no burst.
func ListRate(perSecond float64, opts ...throttle.Option) Option {
	return func(p *Pool) { p.lists = newQuota(perSecond, opts...) }
}

// New returns the pool with this id.
func New(client Reader, id string, opts ...Option) *Pool {
	p := &Pool{
		client:     client,
		id:         id,
		lists:      newQuota(DefaultListRate),
		userReads:  newQuota(userReadRate),
		groupReads: newQuota(groupReadRate),
		poolReads:  newQuota(poolReadRate),
	}
	for _, o := range opts {
		o(p)
	}
	return p
}

// SetRate sets how many ListUsers and ListUsersInGroup requests a second the pool
// gets at most from now on, in place of [ListRate]'s.
func (p *Pool) SetRate(perSecond float64) { p.lists.limiter.SetRate(perSecond) }

// NewClient returns an SDK client for [New] that makes one attempt a call. The
// SDK's own retries would answer a throttled request with more requests, past our
// rate limit, and take LimitExceededException for throttling, which in Cognito
// can mean that a resource has reached its limit for good.
func NewClient(cfg aws.Config) *cip.Client {
	return cip.NewFromConfig(cfg, func(o *cip.Options) { o.Retryer = aws.NopRetryer{} })
}

// Estimate returns about how many users the pool holds. Cognito's figure may be
// stale: use it only for choosing partitions.
func (p *Pool) Estimate(ctx context.Context) (int, error) {
	d, err := p.describe(ctx)
	if err != nil {
		return 0, err
	}
	return int(d.EstimatedNumberOfUsers), nil
}

// describe returns the pool's own description.
func (p *Pool) describe(ctx context.Context) (*types.UserPoolType, error) {
	out, err := call(ctx, p.poolReads, "describe pool", p.client.DescribeUserPool,
		&cip.DescribeUserPoolInput{UserPoolId: &p.id})
	if err != nil {
		return nil, err
	}
	if out.UserPool == nil {
		return nil, fmt.Errorf("describe pool: %w: no pool", ErrUnexpected)
	}
	return out.UserPool, nil
}

// quota is our share of one of Cognito's request quotas.
type quota struct {
	limiter *throttle.Limiter
	// attempts is how often a call that failed on Cognito's side is tried.
	attempts int
}

func newQuota(perSecond float64, opts ...throttle.Option) quota {
	return quota{limiter: throttle.New(perSecond, opts...), attempts: maxAttempts}
}

// Package cognitotest is a fast user pool inside the process, to test against: it
// answers the SDK's calls that shared/cognito makes, with the delays, quotas, odd
// pages and failures of the real one.
//
// It keeps time by package time, so testing/synctest steps it, and decides everything
// by one seed, so that a run can be repeated. infra/local/conformance compares it
// with moto, where moto is faithful.
package cognitotest

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ID is the id of every pool of this package.
const ID = "us-east-1_EXAMPLE01"

// seed is what everything random derives from.
const seed = 1

// Pool is a user pool. It is safe for concurrent use.
type Pool struct {
	settings settings

	mu      sync.Mutex // guards everything below
	random  *rand.Rand
	base    population       // the generated users
	users   map[string]*user // by sub: users added, and generated ones since written to
	added   []*user          // the added ones, in that order
	holders map[string][]string
	groups  map[string]map[string]bool // group to subs
	hidden  map[string]bool            // subs missing from listings
	clients []string                   // ids of the app clients
	cursors []*cursor
	calls   map[string]int
	recent  []time.Time // requests of the last second against the list quota
	fault   func(Call) error
	invited int
	total   int // users who are there
}

// settings is what a pool is made with.
type settings struct {
	generated  int
	latency    time.Duration
	listQuota  int
	lag        time.Duration
	indexLag   time.Duration
	tokenLife  time.Duration
	pageSize   func(page, limit int) int
	prefix     prefixMode
	plainSlash bool
	estimate   int
	signInWith []string // UsernameAttributes
	aliases    []string // AliasAttributes
	ignoreCase bool
	verify     []string // AttributesRequireVerificationBeforeUpdate
	schema     map[string]attribute
	triggers   *types.LambdaConfigType
}

// Option changes a default of [New].
type Option func(*settings)

// Users fills the pool with n generated users. They take no memory until they are
// written to, so that n may be many millions. The default is an empty pool.
func Users(n int) Option { return func(s *settings) { s.generated = n } }

// Latency makes every call take d. The default is no time.
func Latency(d time.Duration) Option { return func(s *settings) { s.latency = d } }

// ListQuota refuses ListUsers and ListUsersInGroup with TooManyRequestsException
// beyond so many requests in any second. The default is no quota.
func ListQuota(perSecond int) Option { return func(s *settings) { s.listQuota = perSecond } }

// Lag makes listings show the pool as it was d ago: users created since are missing,
// changed users look as before, and deleted users are still there. AdminGetUser shows
// the present. The default is no lag.
func Lag(d time.Duration) Option { return func(s *settings) { s.lag = d } }

// IndexLag makes the index by which filters find users lag d behind the records that
// are shown: a user who has given up an address is found by it and shown without it,
// and one who has just got an address is not found by it. With [Lag] it lags behind
// what that shows. The default is an index that agrees with the records.
func IndexLag(d time.Duration) Option { return func(s *settings) { s.indexLag = d } }

// TokenLife sets how long a page token is good for. The default is an hour.
func TokenLife(d time.Duration) Option { return func(s *settings) { s.tokenLife = d } }

// PageSizes sets how many users page n of a listing holds, counted from 0, of at
// most limit; 0 makes an empty page that others follow. The default is full pages.
func PageSizes(size func(n, limit int) int) Option { return func(s *settings) { s.pageSize = size } }

// prefixMode is what the pool does with a filter by sub prefix.
type prefixMode int

const (
	honourPrefix prefixMode = iota
	refusePrefix
	ignorePrefix
)

// RefusePrefix makes the pool refuse a filter by sub prefix.
func RefusePrefix() Option { return func(s *settings) { s.prefix = refusePrefix } }

// IgnorePrefix makes the pool list everybody despite a filter by sub prefix.
func IgnorePrefix() Option { return func(s *settings) { s.prefix = ignorePrefix } }

// PlainBackslash makes a backslash in a filter's value stand for itself, so that an
// escaped one counts as two. The default is that it escapes what follows.
func PlainBackslash() Option { return func(s *settings) { s.plainSlash = true } }

// Estimate sets EstimatedNumberOfUsers. The default is the true number.
func Estimate(n int) Option { return func(s *settings) { s.estimate = n } }

// Triggers sets the functions that the pool calls after a sign-in and after a
// confirmed sign-up, by their ARNs. The default is none.
func Triggers(postAuthentication, postConfirmation string) Option {
	return func(s *settings) {
		s.triggers = &types.LambdaConfigType{PostAuthentication: &postAuthentication, PostConfirmation: &postConfirmation}
	}
}

// SignInWith makes email or phone_number (UsernameAttributes) what users sign in
// with: one of them is passed as the user name on creation, and the user name that
// is stored is the sub.
func SignInWith(attributes ...string) Option {
	return func(s *settings) { s.signInWith = attributes }
}

// Aliases makes these attributes (AliasAttributes) stand for the user name, once
// verified.
func Aliases(attributes ...string) Option { return func(s *settings) { s.aliases = attributes } }

// IgnoreCase makes user names insensitive to case. The default is sensitive.
func IgnoreCase() Option { return func(s *settings) { s.ignoreCase = true } }

// VerifyBeforeUpdate keeps these attributes as they are until a new value is
// verified (AttributesRequireVerificationBeforeUpdate).
func VerifyBeforeUpdate(attributes ...string) Option {
	return func(s *settings) { s.verify = attributes }
}

// Custom declares custom attributes, without the prefix custom:, which can be
// changed.
func Custom(names ...string) Option {
	return func(s *settings) {
		for _, n := range names {
			s.schema["custom:"+n] = attribute{mutable: true}
		}
	}
}

// Immutable declares attributes, by their full names, that are set on creation or
// never.
func Immutable(names ...string) Option {
	return func(s *settings) {
		for _, n := range names {
			s.schema[n] = attribute{mutable: false}
		}
	}
}

// New returns a pool.
func New(opts ...Option) *Pool {
	s := settings{
		tokenLife: time.Hour,
		pageSize:  func(_, limit int) int { return limit },
		estimate:  -1,
		schema:    standardSchema(),
	}
	for _, o := range opts {
		o(&s)
	}
	return &Pool{
		settings: s,
		random:   rand.New(rand.NewPCG(seed, seed)),
		base:     population{n: s.generated, namedBySub: len(s.signInWith) > 0, ignoreCase: s.ignoreCase},
		users:    make(map[string]*user),
		holders:  make(map[string][]string),
		groups:   make(map[string]map[string]bool),
		hidden:   make(map[string]bool),
		calls:    make(map[string]int),
		total:    s.generated,
	}
}

// Change changes settings that an owner may change at any time: not how users sign in,
// and not what the pool was filled with.
func (p *Pool) Change(opts ...Option) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range opts {
		o(&p.settings)
	}
}

// fold returns a user name in the form by which the pool compares it.
func (p *Pool) fold(username string) string {
	if p.settings.ignoreCase {
		return strings.ToLower(username)
	}
	return username
}

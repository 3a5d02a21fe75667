// Package sandbox brings up what the synthesised template declares, on one machine:
// queues, user pools, tables, rules and state machines in the emulator, functions as
// their own binaries on a Lambda host, event source mappings as pollers, HTTP APIs
// on loopback ports, and a stand-in for UserHub.
//
// It reads names, settings and wiring from the template, so that what runs here is
// what is deployed. What has no counterpart (permissions, log groups) is left out.
// [Stack.Differences] says what differs.
package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/infra/local/project"
	"github.com/poolsync/poolsync/infra/local/signin"
	"github.com/poolsync/poolsync/infra/local/trail"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// Stack is a running copy of the deployed stack.
type Stack struct {
	// AWS is the emulator. It does not serve the functions; Functions does.
	AWS *emulator.Emulator
	// Functions runs the functions, named postauth, deliver and so on.
	Functions *lambdahost.Host
	// UserHub is the stand-in that the functions call as UserHub.
	UserHub *UserHub
	// Feed is what a target that is an event bus tells; nil if there is none.
	Feed *Feed
	// Service is the stand-in for a SCIM service that is a target; nil if there is none.
	Service *scimtest.Server
	// Pool signs users in.
	Pool *signin.Pool
	// PoolID is the id of the user pool, whether the template or the owner made it.
	PoolID string

	template    Template
	resources   map[string]made
	differences []string
	front       *http.Server
	endpoint    string // the front's
	calls       calls
	trail       *trail.Trail
	apis        map[string]*api
	bell        *bell

	pollers []*eventsource.Poller
	pause   context.CancelFunc
	polling sync.WaitGroup
	deafen  context.CancelFunc // ends the reading of Feed
	hearing sync.WaitGroup
	stop    sync.Once
}

// Start brings up the stack and returns when it is ready. If a part does not start, or the
// context ends, it fails and leaves nothing running. The caller must call Stop.
//
//  1. Read the template.
//  2. Start the emulator with our front before it, and UserHub; meanwhile build
//     the functions.
//  3. Make what the owner has, and then the template's resources, each after those
//     that it refers to.
//  4. Open the pool for sign-ins, and start the queues' pollers.
func Start(ctx context.Context, options ...Option) (*Stack, error) {
	root, err := project.Root()
	if err != nil {
		return nil, err
	}
	settings := newSettings(options)
	template, err := ReadTemplate(filepath.Join(root, "infra", "testdata", settings.template))
	if err != nil {
		return nil, err
	}
	s := &Stack{
		Functions: lambdahost.New(), calls: calls{counts: map[call]int{}}, apis: map[string]*api{},
		bell: newBell(), pause: func() {}, deafen: func() {},
	}
	if err := s.start(ctx, root, template, settings); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start the local stack: %w", err)
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, root string, template Template, settings settings) error {
	var binaries string
	parts, partsCtx := errgroup.WithContext(ctx)
	parts.Go(func() (err error) {
		binaries, err = build(partsCtx, root, template.ids("AWS::Lambda::Function"))
		return err
	})
	parts.Go(func() error { return s.startAWS(partsCtx, settings.gate) })
	parts.Go(func() (err error) {
		s.UserHub, err = startUserHub(template.userHub().ConnectionID, s.bell)
		return err
	})
	if err := parts.Wait(); err != nil {
		return err
	}

	template, err := s.own(ctx, template, settings)
	if err != nil {
		return err
	}
	c := &creator{
		ctx: ctx, aws: s.AWS.Config(), template: template, settings: settings, binaries: binaries,
		functions: s.Functions, endpoint: s.endpoint, trail: s.trail, apis: s.apis, resources: map[string]made{},
	}
	for _, id := range template.ids("") {
		if _, err := c.resource(id); err != nil {
			return err
		}
	}
	s.template, s.resources, s.differences = template, c.resources, *settings.differences
	s.PoolID = cmp.Or(s.PoolID, s.Ref("UserPool"))
	if err := s.openPool(ctx); err != nil {
		return err
	}
	s.UserHub.connect(s.resources["WebhookApi"].attributes["ApiEndpoint"])
	s.subscribe(c.mappings, settings.observe)
	if s.Feed != nil {
		hearing, deafen := context.WithCancel(context.Background())
		s.deafen = deafen
		s.hearing.Go(func() { s.Feed.run(hearing) })
	}
	return nil
}

// startAWS starts the emulator and the front, which functions and state machines use as
// AWS.
func (s *Stack) startAWS(ctx context.Context, gate func(http.Handler) http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	moto, err := emulator.Start(ctx, emulator.WithTaskPort(listener.Addr().(*net.TCPAddr).Port))
	if err != nil {
		listener.Close()
		return err
	}
	s.AWS = moto
	address, err := url.Parse(moto.URL())
	if err != nil {
		listener.Close()
		return err
	}
	s.trail = trail.New(s.AWS.Config())
	s.endpoint = "http://" + listener.Addr().String()
	s.front = &http.Server{Handler: gate(s.calls.before(s.trail.Before(lambdahost.Front(s.Functions, address))))}
	go s.front.Serve(listener)
	return nil
}

// openPool adds an app client, which the template leaves to the pool's owner.
func (s *Stack) openPool(ctx context.Context) error {
	pools, pool := cognitoidentityprovider.NewFromConfig(s.AWS.Config()), s.PoolID
	client, err := pools.CreateUserPoolClient(ctx, &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: &pool, ClientName: aws.String("app"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth},
	})
	if err != nil {
		return fmt.Errorf("create app client: %w", err)
	}
	s.Pool, err = signin.Open(ctx, pools, s.Functions, pool, aws.ToString(client.UserPoolClient.ClientId))
	return err
}

// subscribe feeds functions from queues. Lambda reads a queue with the function's role.
func (s *Stack) subscribe(mappings []subscription, observe func(eventsource.Batch)) {
	for _, m := range mappings {
		queues := sqs.NewFromConfig(s.AWS.Config(), func(o *sqs.Options) {
			o.BaseEndpoint = &s.endpoint
			o.Credentials = credentials.NewStaticCredentialsProvider(m.function, emulator.SecretAccessKey, "")
		})
		invoke := func(ctx context.Context, payload []byte) ([]byte, error) {
			result, err := s.Functions.Invoke(ctx, m.function, payload)
			if err == nil && result.FunctionError != "" {
				err = fmt.Errorf("%s: %s", m.function, result.Error())
			}
			return result.Payload, err
		}
		s.pollers = append(s.pollers, eventsource.New(queues, m.mapping, invoke, func(batch eventsource.Batch) {
			observe(batch)
			s.bell.ring()
		}))
	}
	s.Resume()
}

// Pause disables the event source mappings and returns when no batch is under way:
// messages wait on their queues until [Stack.Resume].
func (s *Stack) Pause() {
	s.pause()
	s.polling.Wait()
}

// Resume enables the event source mappings after [Stack.Pause].
func (s *Stack) Resume() {
	ctx, cancel := context.WithCancel(context.Background())
	s.pause = cancel
	for _, p := range s.pollers {
		s.polling.Go(func() { p.Run(ctx) })
	}
}

// Console returns the configuration of an administrator whose calls CloudTrail records.
// It does not record calls made with AWS.Config.
func (s *Stack) Console() aws.Config {
	config := s.AWS.Config()
	config.BaseEndpoint = &s.endpoint
	return config
}

// Ref returns the value of CloudFormation's Ref for a resource of the template, such as a
// queue's URL or a pool's id, or "" if there is no such resource.
func (s *Stack) Ref(logicalID string) string { return s.resources[logicalID].ref }

// IDs returns the logical ids of the template's resources of one type, in order.
func (s *Stack) IDs(resourceType string) []string { return s.template.ids(resourceType) }

// Properties returns a resource's properties from the template. References, and what
// belongs to the owner, are replaced by their names here. It returns nil if there is no
// such resource.
func (s *Stack) Properties(logicalID string) (map[string]any, error) {
	known := func(id string) (made, error) {
		if m, ok := s.resources[id]; ok {
			return m, nil
		}
		return made{}, fmt.Errorf("%w: no resource %s", ErrUnresolved, id)
	}
	resolved, err := resolver{known}.value(s.template.Resources[logicalID].Properties)
	properties, _ := resolved.(map[string]any)
	return properties, err
}

// Await returns when done is true. It asks again whenever UserHub gets or answers a
// request, and whenever a batch ends. It fails when the context ends.
func (s *Stack) Await(ctx context.Context, done func() bool) error { return s.bell.await(ctx, done) }

// Differences returns, one line each, what differs from the template: what the options
// changed, and which values replace the owner's.
func (s *Stack) Differences() []string { return s.differences }

// Stop ends everything that Start started. You may call it more than once, and on a stack
// that did not start completely.
func (s *Stack) Stop() {
	s.stop.Do(func() {
		s.pause()
		s.Functions.Close() // so that no batch keeps the pollers waiting
		if s.UserHub != nil {
			s.UserHub.Close()
		}
		if s.Service != nil {
			s.Service.Close()
		}
		s.polling.Wait()
		s.deafen()
		s.hearing.Wait()
		for _, a := range s.apis {
			a.server.Close()
		}
		if s.front != nil {
			s.front.Close()
		}
		if s.AWS != nil {
			s.AWS.Stop()
		}
	})
}

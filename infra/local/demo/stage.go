package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/infra/local/signin"
	"github.com/poolsync/poolsync/shared/queue"
)

// The deployed stack gives deliver half a minute, and retries a message after three
// minutes if deliver died. The demo does not wait that long. A message still stays
// hidden for as long as the function may work on it.
const (
	visibility     = 4 * time.Second
	deliverTimeout = 4 * time.Second
)

const (
	userCount = 20
	password  = "correct-Horse-7-battery"
)

// stage is where the scenes play: the running stack, its users, and what has happened
// so far.
type stage struct {
	*sandbox.Stack
	report  *report
	dead    *queue.Sender
	console admin // CloudTrail records what it does
	unseen  admin // no event reports what it does
	users   []user
	signIns []signIn
	members []string // names of users who never sign in

	mu    sync.Mutex
	tried map[string]time.Time // guarded by mu; when a delivery last ended, by user name
}

// user is somebody who signs in by name. UserHub knows them by username.
type user struct{ name, username string }

// signIn is one sign-in that went through.
type signIn struct {
	user
	signin.Call
}

// startStage brings up the stack with some users in its pool.
func startStage(ctx context.Context, r *report) (*stage, error) {
	s := &stage{report: r, tried: map[string]time.Time{}}
	var err error
	if s.Stack, err = sandbox.Start(ctx,
		sandbox.WithDelivery("Userhub", visibility, deliverTimeout), sandbox.WithDelivery("Feed", visibility, deliverTimeout),
		sandbox.WithObserver(s.noteTried)); err != nil {
		return nil, err
	}
	queues := sqs.NewFromConfig(s.AWS.Config())
	s.dead = queue.NewSender(queues, s.Ref("UserhubDeadLetterQueue"))
	s.unseen = admin{cognitoidentityprovider.NewFromConfig(s.AWS.Config()), s.Ref("UserPool")}
	s.console = admin{cognitoidentityprovider.NewFromConfig(s.Console()), s.Ref("UserPool")}
	for i := range userCount {
		name := fmt.Sprintf("user-%02d@example.com", i)
		username, err := s.Pool.AddUser(ctx, name, password)
		if err != nil {
			s.Stop()
			return nil, err
		}
		s.users = append(s.users, user{name, username})
	}
	return s, nil
}

// noteTried remembers whose changes were in a batch for UserHub that ended, successfully
// or not.
func (s *stage) noteTried(batch eventsource.Batch) {
	if !strings.HasSuffix(batch.QueueURL, "/UserhubLiveQueue") {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, message := range batch.Messages {
		if change, err := queue.Decode([]byte(aws.ToString(message.Body))); err == nil {
			s.tried[change.Username] = time.Now()
		}
	}
}

// signInAll signs users in one after the other, and shows and checks how long the
// trigger held them. A sign-in that is refused fails the scene.
func (s *stage) signInAll(ctx context.Context, users []user) ([]signIn, error) {
	step := s.report.progress("%d sign-ins", len(users))
	var done []signIn
	for _, u := range users {
		call, err := s.Pool.SignIn(ctx, u.name, password)
		if err != nil {
			step(false)
			return nil, err
		}
		done = append(done, signIn{u, call})
		step(true)
	}
	step(false)
	s.signIns = append(s.signIns, done...)
	s.showHeld(done)
	return done, nil
}

// showHeld shows how long the trigger held sign-ins. It shows cold starts separately.
func (s *stage) showHeld(signIns []signIn) {
	var warm, all []time.Duration
	tries := 0
	for _, in := range signIns {
		all, tries = append(all, in.Held), tries+in.Tries
		if in.Cold {
			s.report.duration("a cold start held one for", in.Held)
			continue
		}
		warm = append(warm, in.Held)
	}
	s.report.durations("the trigger held a sign-in for", warm)
	s.report.check(slowest(all) < triggerLimit && tries == len(signIns),
		"each sign-in succeeded at the first try, within Cognito's %s", brief(triggerLimit))
}

// toldAfter returns how long after a sign-in UserHub was told of it, if it was.
func (s *stage) toldAfter(in signIn) (time.Duration, bool) {
	for _, event := range s.UserHub.Events() {
		if event.Kind == "SIGNIN" && event.ExternalID == in.username && event.Time.After(in.Started) {
			return event.Time.Sub(in.Started), true
		}
	}
	return 0, false
}

// awaitTold waits until UserHub was told of each of the sign-ins, and shows how
// long that took.
func (s *stage) awaitTold(ctx context.Context, signIns []signIn) error {
	step := s.report.progress("UserHub is told")
	told := map[int]time.Duration{}
	err := s.Await(ctx, func() bool {
		for i, in := range signIns {
			_, known := told[i]
			if after, ok := s.toldAfter(in); ok && !known {
				told[i] = after
				step(true)
			}
		}
		return len(told) == len(signIns)
	})
	step(false)
	if err != nil {
		return fmt.Errorf("UserHub was told of %d of %d sign-ins: %w", len(told), len(signIns), err)
	}
	s.report.durations("told of a sign-in after", slices.Collect(maps.Values(told)))
	s.report.check(true, "UserHub was told of every sign-in, %d in all", len(told))
	return nil
}

// awaitTried waits until the delivery of each of the sign-ins was tried.
func (s *stage) awaitTried(ctx context.Context, signIns []signIn) error {
	step := s.report.progress("deliver tries")
	tried := map[int]bool{}
	err := s.Await(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, in := range signIns {
			if !tried[i] && s.tried[in.username].After(in.Started) {
				tried[i] = true
				step(true)
			}
		}
		return len(tried) == len(signIns)
	})
	step(false)
	return err
}

// showWaiting shows how many changes are on the queue.
func (s *stage) showWaiting(ctx context.Context) error {
	waiting, err := s.Backlog(ctx)
	if err != nil {
		return err
	}
	s.report.count("now waiting in the queue", waiting)
	return nil
}

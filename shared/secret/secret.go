// Package secret reads a secret from AWS Secrets Manager by its ARN and keeps it
// for a few minutes. The value lives in memory only: it is in no log, no error
// and no environment variable.
package secret

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

const (
	// cacheFor is how long a value is used before it is read again: long enough
	// that a busy function makes a dozen calls an hour, short enough that a
	// rotated value is picked up while someone still watches the rotation.
	cacheFor = 5 * time.Minute
	// staleFor is how long after it was read a value is still used when Secrets
	// Manager cannot be reached. An outage there must not become ours, but a
	// value that was withdrawn must not live for ever.
	staleFor = time.Hour
	// pause is the least time between two reads, however often a value is refused,
	// however long Secrets Manager fails, and whoever asks for a value that nobody
	// has stored yet: a webhook's address is open to anybody, and a read costs money.
	pause = 10 * time.Second
	// readTimeout bounds one read, so that a slow Secrets Manager leaves the
	// caller most of its own budget.
	readTimeout = 2 * time.Second
	// previousFor is how long after a rotation the previous value still counts.
	// Secrets Manager keeps it until the next rotation, which may never come.
	previousFor = 24 * time.Hour
)

// Staging labels, by the Secrets Manager user guide, "What's in a secret":
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
)

// How a value can be unusable.
var (
	// ErrEmpty is returned for a secret without text.
	ErrEmpty = errors.New("the secret holds no text: store the value itself as plain text")
	// ErrNotPlain is returned for a secret in the console's key/value form.
	ErrNotPlain = errors.New("the secret is a JSON object: store the value itself as plain text")
)

// API is the part of Secrets Manager that a [Secret] uses.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Secret is one secret. Nothing is read before the first use, and one caller
// reads at a time while the others wait for what it finds. It is safe for use by
// several goroutines.
type Secret struct {
	api      API
	arn      string
	previous bool

	turn chan struct{} // held to touch what follows; a mutex that can be left when a context ends

	values  []string  // current first; nil until read
	readAt  time.Time // when values were read
	triedAt time.Time // when a read was last tried
	failure error     // why that read gave no value; nil if it did
}

// Option changes how a [Secret] is read.
type Option func(*Secret)

// WithPrevious makes [Secret.Values] also return the value before the last
// rotation, for 24 hours after it. To withdraw a leaked value at once, remove its
// AWSPREVIOUS label. Default: only the current value counts.
func WithPrevious() Option {
	return func(s *Secret) { s.previous = true }
}

// New returns the secret with the given ARN. It reads nothing yet.
func New(api API, arn string, options ...Option) *Secret {
	s := &Secret{api: api, arn: arn, turn: make(chan struct{}, 1)}
	for _, option := range options {
		option(s)
	}
	return s
}

// Value returns the current value without surrounding blanks. A value read less than
// five minutes ago is returned at once; while Secrets Manager fails, so is one read
// less than an hour ago. If there is no such value, the failure is returned again for
// ten seconds before the secret is read once more.
func (s *Secret) Value(ctx context.Context) (string, error) {
	values, err := s.Values(ctx)
	if err != nil {
		return "", err
	}
	return values[0], nil
}

// Values returns every value that counts, the current one first, under the same
// rules as [Secret.Value].
func (s *Secret) Values(ctx context.Context) ([]string, error) {
	if err := s.acquire(ctx); err != nil {
		return nil, err
	}
	defer s.release()

	if s.values != nil && time.Since(s.readAt) < cacheFor {
		return s.values, nil
	}
	return s.refresh(ctx)
}

// Refresh returns the current value after its receiver refused the given one. It
// reads the secret again unless somebody already has, or did so within the last ten
// seconds: then it may return the refused value itself, and using that once more is
// pointless.
func (s *Secret) Refresh(ctx context.Context, refused string) (string, error) {
	if err := s.acquire(ctx); err != nil {
		return "", err
	}
	defer s.release()

	if s.values != nil && s.values[0] != refused {
		return s.values[0], nil
	}
	values, err := s.refresh(ctx)
	if err != nil {
		return "", err
	}
	return values[0], nil
}

func (s *Secret) acquire(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for secret: %w", ctx.Err())
	}
}

func (s *Secret) release() { <-s.turn }

// refresh reads the values again and falls back on those held. The caller holds
// the turn.
func (s *Secret) refresh(ctx context.Context) ([]string, error) {
	usable := s.values != nil && time.Since(s.readAt) < staleFor
	switch resting := time.Since(s.triedAt) < pause; {
	case resting && usable:
		return s.values, nil
	case resting && s.failure != nil:
		return nil, s.failure
	}
	s.triedAt, s.failure = time.Now(), nil
	values, err := s.read(ctx)
	switch {
	case err == nil:
		s.values, s.readAt = values, time.Now()
	case usable:
		slog.WarnContext(ctx, "secret not read, the earlier value stays in use",
			"arn", s.arn, "age", time.Since(s.readAt).Round(time.Second).String(), "error", err)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read secret %s: %w", s.arn, err) // the caller's failure, not the secret's
	default:
		s.failure = fmt.Errorf("read secret %s: %w", s.arn, err)
		return nil, s.failure
	}
	return s.values, nil
}

// read asks Secrets Manager for every value that counts.
func (s *Secret) read(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()

	out, err := s.version(ctx, current)
	if err != nil {
		return nil, err
	}
	value, err := plain(out)
	if err != nil {
		return nil, err
	}
	values := []string{value}
	if !s.previous || time.Since(aws.ToTime(out.CreatedDate)) >= previousFor {
		return values, nil
	}

	out, err = s.version(ctx, previous)
	if _, none := errors.AsType[*types.ResourceNotFoundException](err); none {
		return values, nil
	}
	if err != nil {
		return nil, err
	}
	// A previous value that was never usable does not spoil the current one.
	if before, err := plain(out); err == nil && before != value {
		values = append(values, before)
	}
	return values, nil
}

func (s *Secret) version(ctx context.Context, stage string) (*secretsmanager.GetSecretValueOutput, error) {
	return s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId:     aws.String(s.arn),
		VersionStage: aws.String(stage),
	})
}

// plain returns the text of a secret without surrounding blanks, such as the line end
// that `--secret-string file://key` adds.
func plain(out *secretsmanager.GetSecretValueOutput) (string, error) {
	value := strings.TrimSpace(aws.ToString(out.SecretString))
	switch {
	case value == "":
		return "", ErrEmpty
	case strings.HasPrefix(value, "{"):
		return "", ErrNotPlain
	}
	return value, nil
}

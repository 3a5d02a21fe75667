package secret_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/secret"
)

const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:userhub-AbCdEf"

// manager is a Secrets Manager that holds one secret, with one value a stage.
type manager struct {
	mu      sync.Mutex
	stages  map[string]string
	created time.Time
	err     error            // answered instead of a value
	errs    map[string]error // likewise, by stage
	delay   time.Duration    // before each answer
	reads   int
}

func holding(value string) *manager {
	return &manager{stages: map[string]string{"AWSCURRENT": value}, created: time.Now()}
}

func (m *manager) rotate(value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stages["AWSPREVIOUS"] = m.stages["AWSCURRENT"]
	m.stages["AWSCURRENT"] = value
	m.created = time.Now()
}

func (m *manager) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *manager) failStage(stage string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs = map[string]error{stage: err}
}

func (m *manager) GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	select {
	case <-time.After(m.delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.err != nil {
		return nil, m.err
	}
	if err := m.errs[aws.ToString(in.VersionStage)]; err != nil {
		return nil, err
	}
	value, ok := m.stages[aws.ToString(in.VersionStage)]
	if !ok || aws.ToString(in.SecretId) != arn {
		return nil, &types.ResourceNotFoundException{}
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &value, CreatedDate: &m.created}, nil
}

func mustValue(t *testing.T, s *secret.Secret) string {
	t.Helper()
	value, err := s.Value(t.Context())
	if err != nil {
		t.Fatalf("Value: %v", err)
	}
	return value
}

func TestValueIsCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		s := secret.New(m, arn)
		if m.reads != 0 {
			t.Errorf("New made %d reads, want 0", m.reads)
		}
		steps := []struct {
			name  string
			after time.Duration
			value string
			reads int
		}{
			{"first use reads", 0, "one", 1},
			{"within five minutes it is kept", 5*time.Minute - time.Second, "one", 1},
			{"then it is read again", time.Second, "two", 2},
			{"and kept again", 4 * time.Minute, "two", 2},
		}
		for i, step := range steps {
			time.Sleep(step.after)
			if got := mustValue(t, s); got != step.value || m.reads != step.reads {
				t.Errorf("%s: got %q after %d reads, want %q after %d", step.name, got, m.reads, step.value, step.reads)
			}
			if i == 1 {
				m.rotate("two")
			}
		}
	})
}

func TestOneCallerReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		m.delay = time.Second
		s := secret.New(m, arn)
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if got := mustValue(t, s); got != "one" {
					t.Errorf("got %q, want %q", got, "one")
				}
			})
		}
		callers.Wait()
		if m.reads != 1 {
			t.Errorf("got %d reads, want 1", m.reads)
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		m.delay = time.Second
		s := secret.New(m, arn)
		go s.Value(context.Background())
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := s.Value(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline error", err)
		}
		if waited := time.Since(start); waited != 100*time.Millisecond {
			t.Errorf("waited %v, want 100ms", waited)
		}
		if _, err := s.Refresh(ctx, "one"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Refresh: got %v, want a deadline error", err)
		}
		time.Sleep(time.Second) // the first caller ends
	})
}

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		s := secret.New(m, arn)
		mustValue(t, s)
		steps := []struct {
			name    string
			after   time.Duration
			rotate  string
			refused string
			want    string
			reads   int
		}{
			{"not again right after a read", 9 * time.Second, "two", "one", "one", 1},
			{"a refused value is read again", time.Second, "", "one", "two", 2},
			{"someone else has read it already", 0, "", "one", "two", 2},
			{"however long ago", 30 * time.Second, "", "one", "two", 2},
			{"a value that stays refused costs one read", time.Minute, "", "two", "two", 3},
			{"in ten seconds", 5 * time.Second, "", "two", "two", 3},
		}
		for _, step := range steps {
			time.Sleep(step.after)
			if step.rotate != "" {
				m.rotate(step.rotate)
			}
			got, err := s.Refresh(t.Context(), step.refused)
			if err != nil || got != step.want || m.reads != step.reads {
				t.Errorf("%s: got %q, %v after %d reads, want %q after %d", step.name, got, err, m.reads, step.want, step.reads)
			}
		}
	})
}

func TestOutageOfSecretsManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		s := secret.New(m, arn)
		mustValue(t, s)
		outage := errors.New("internal service error")
		m.fail(outage)

		time.Sleep(6 * time.Minute)
		for range 5 {
			if got := mustValue(t, s); got != "one" {
				t.Errorf("during the outage: got %q, want the earlier value", got)
			}
		}
		if m.reads != 2 {
			t.Errorf("got %d reads, want one in ten seconds however many callers: 2", m.reads)
		}

		time.Sleep(54 * time.Minute)
		if _, err := s.Value(t.Context()); !errors.Is(err, outage) {
			t.Errorf("after an hour: got %v, want the outage", err)
		}
		if _, err := s.Refresh(t.Context(), "one"); !errors.Is(err, outage) {
			t.Errorf("after an hour, Refresh: got %v, want the outage", err)
		}

		m.fail(nil)
		m.rotate("two")
		time.Sleep(10 * time.Second)
		if got := mustValue(t, s); got != "two" {
			t.Errorf("after the outage: got %q, want %q", got, "two")
		}
	})
}

// TestSecretWithoutValueIsReadNowAndThen shows that a value that nobody has stored,
// or that nobody can use, causes one read in ten seconds, however often somebody asks
// for it.
func TestSecretWithoutValueIsReadNowAndThen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*manager)
	}{
		{"no value yet", func(m *manager) { delete(m.stages, "AWSCURRENT") }},
		{"empty", func(m *manager) { m.stages["AWSCURRENT"] = "" }},
		{"key/value form", func(m *manager) { m.stages["AWSCURRENT"] = "{}" }},
		{"not ours to read", func(m *manager) { m.fail(errors.New("access denied")) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := holding("one")
				tt.before(m)
				s := secret.New(m, arn, secret.WithPrevious())
				for range 100 {
					time.Sleep(100 * time.Millisecond)
					_, first := s.Values(t.Context())
					_, again := s.Refresh(t.Context(), "one")
					if first == nil || again == nil {
						t.Fatalf("Values = %v, Refresh = %v; want errors", first, again)
					}
				}
				if m.reads != 1 {
					t.Errorf("%d reads in ten seconds, want 1", m.reads)
				}
				m.fail(nil)
				m.rotate("two")
				time.Sleep(time.Second)
				if got := mustValue(t, s); got != "two" {
					t.Errorf("got %q, want the value that was stored meanwhile", got)
				}
			})
		})
	}
}

// TestCallerWhoGivesUpSaysNothingOfTheSecret shows that the next caller reads at once.
func TestCallerWhoGivesUpSaysNothingOfTheSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		m.delay = time.Second
		s := secret.New(m, arn)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := s.Value(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline error", err)
		}
		if got := mustValue(t, s); got != "one" {
			t.Errorf("got %q, want %q", got, "one")
		}
	})
}

// TestPreviousValueCannotBeRead shows that a failure to read the previous value is a
// failure to read the secret: a caller who signs with that value must not be turned
// away for it.
func TestPreviousValueCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		m.rotate("two")
		denied := errors.New("access denied")
		m.failStage("AWSPREVIOUS", denied)
		s := secret.New(m, arn, secret.WithPrevious())
		if got, err := s.Values(t.Context()); !errors.Is(err, denied) {
			t.Errorf("Values = %v, %v; want the denial", got, err)
		}
		m.failStage("AWSPREVIOUS", nil)
		time.Sleep(10 * time.Second)
		got, err := s.Values(t.Context())
		if diff := cmp.Diff([]string{"two", "one"}, got); err != nil || diff != "" {
			t.Errorf("Values: %v (-want +got)\n%s", err, diff)
		}
		m.failStage("AWSPREVIOUS", denied)
		time.Sleep(6 * time.Minute)
		got, err = s.Values(t.Context())
		if diff := cmp.Diff([]string{"two", "one"}, got); err != nil || diff != "" {
			t.Errorf("Values, once both were known: %v (-want +got)\n%s", err, diff)
		}
	})
}

func TestSlowSecretsManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := holding("one")
		m.delay = time.Minute
		start := time.Now()
		if _, err := secret.New(m, arn).Value(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline error", err)
		}
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v, want 2s", waited)
		}
	})
}

func TestValues(t *testing.T) {
	tests := []struct {
		name   string
		stages map[string]string
		age    time.Duration // since the last rotation
		want   []string
	}{
		{"never rotated", map[string]string{"AWSCURRENT": "b"}, 0, []string{"b"}},
		{"just rotated", map[string]string{"AWSCURRENT": "b", "AWSPREVIOUS": "a"}, 0, []string{"b", "a"}},
		{"rotated a day ago", map[string]string{"AWSCURRENT": "b", "AWSPREVIOUS": "a"}, 24 * time.Hour, []string{"b"}},
		{"rotated to the same", map[string]string{"AWSCURRENT": "b", "AWSPREVIOUS": "b"}, 0, []string{"b"}},
		{"previous was never usable", map[string]string{"AWSCURRENT": "b", "AWSPREVIOUS": `{"a":"a"}`}, 0, []string{"b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &manager{stages: tt.stages, created: time.Now().Add(-tt.age)}
				got, err := secret.New(m, arn, secret.WithPrevious()).Values(t.Context())
				if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
					t.Errorf("Values: %v (-want +got)\n%s", err, diff)
				}
				got, err = secret.New(m, arn).Values(t.Context())
				if diff := cmp.Diff([]string{"b"}, got); err != nil || diff != "" {
					t.Errorf("Values without WithPrevious: %v (-want +got)\n%s", err, diff)
				}
			})
		})
	}
}

func TestForm(t *testing.T) {
	tests := []struct {
		name, in, want string
		err            error
	}{
		{"plain", "example-key", "example-key", nil},
		{"line end of a file", "example-key\n", "example-key", nil},
		{"empty", " \n", "", secret.ErrEmpty},
		{"key/value form", `{"key":"example-key"}`, "", secret.ErrNotPlain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := secret.New(holding(tt.in), arn).Value(t.Context())
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "example-key") {
				t.Errorf("the error repeats the value: %v", err)
			}
		})
	}
}

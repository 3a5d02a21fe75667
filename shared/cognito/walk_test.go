package cognito

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

func TestWalk(t *testing.T) {
	oddPages := cognitotest.PageSizes(func(n, limit int) int { return []int{0, limit, 7, 0, 0, 31}[n%6] })
	tests := []struct {
		name     string
		pool     *cognitotest.Pool
		prefixes []string
	}{
		{"empty", cognitotest.New(), []string{""}},
		{"one", cognitotest.New(cognitotest.Users(1)), []string{""}},
		{"a full page", cognitotest.New(cognitotest.Users(60)), []string{""}},
		{"many", cognitotest.New(cognitotest.Users(500)), []string{""}},
		{"by prefix", cognitotest.New(cognitotest.Users(500)), hexDigits},
		{"short and empty pages", cognitotest.New(cognitotest.Users(500), oddPages), hexDigits},
		{"throttled", cognitotest.New(cognitotest.Users(500), cognitotest.ListQuota(2)), hexDigits},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.pool.Add("jane", map[string]string{"email": "jane@example.com", "nickname": ""})
				tt.pool.AddFederated("Okta", "42", nil)
				p := New(tt.pool, cognitotest.ID)
				var got []directory.User
				for _, prefix := range tt.prefixes {
					if err := p.Walk(t.Context(), prefix, collect(&got)); err != nil {
						t.Fatalf("Walk(%q) = %v, want nil", prefix, err)
					}
				}
				want := slices.Collect(tt.pool.All())
				if diff := cmp.Diff(bySub(want), bySub(got)); diff != "" {
					t.Errorf("users (-want +got):\n%s", diff)
				}
				if n := tt.pool.Calls("AdminGetUser"); n != 0 {
					t.Errorf("AdminGetUser was called %d times, want 0", n)
				}
			})
		})
	}
}

// A page costs one call: ceil(N/60) in all.
func TestWalkCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n, want := range map[int]int{0: 1, 59: 1, 60: 1, 61: 2, 600: 10, 601: 11} {
			pool := cognitotest.New(cognitotest.Users(n))
			if err := New(pool, cognitotest.ID).Walk(t.Context(), "", ignore); err != nil {
				t.Fatalf("Walk() = %v, want nil", err)
			}
			if got := pool.Calls("ListUsers"); got != want {
				t.Errorf("ListUsers was called %d times for %d users, want %d", got, n, want)
			}
		}
	})
}

// Wherever a fault strikes, a walk is complete or an error: never a shorter list.
func TestWalkFaults(t *testing.T) {
	const users, pages = 290, 5
	tests := []struct {
		name  string
		fault func() error
		times int   // in a row
		want  error // nil for a complete walk
	}{
		{"throttled", cognitotest.Throttled, 20, nil},
		{"internal error", cognitotest.Internal, maxAttempts - 1, nil},
		{"unreachable", cognitotest.Unreachable, maxAttempts - 1, nil},
		{"answer lost", cognitotest.Unanswered, maxAttempts - 1, nil},
		{"internal error for long", cognitotest.Internal, maxAttempts, ErrUnavailable},
		{"unreachable for long", cognitotest.Unreachable, maxAttempts, ErrUnavailable},
		{"denied", cognitotest.Denied, 1, errAny},
		{"limit exceeded", answer("LimitExceededException"), 1, errAny},
		{"no such pool", answer("ResourceNotFoundException"), 1, errAny},
		{"refused", answer("InvalidParameterException"), 1, errAny},
	}
	for _, tt := range tests {
		for page := range pages {
			t.Run(fmt.Sprintf("%s at page %d", tt.name, page), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					pool := cognitotest.New(cognitotest.Users(users))
					left := tt.times
					pool.Fail(func(c cognitotest.Call) error {
						if c.Page != page || left == 0 {
							return nil
						}
						left--
						return tt.fault()
					})
					var got []directory.User
					err := New(pool, cognitotest.ID).Walk(t.Context(), "", collect(&got))
					switch {
					case tt.want == nil && (err != nil || len(got) != users):
						t.Errorf("Walk() = %v after %d users, want nil after %d", err, len(got), users)
					case tt.want != nil && (err == nil || tt.want != errAny && !errors.Is(err, tt.want)):
						t.Errorf("Walk() = %v, want %v", err, tt.want)
					}
					if left != 0 {
						t.Errorf("the fault struck %d times, want %d", tt.times-left, tt.times)
					}
				})
			})
		}
	}
}

func TestWalkRefused(t *testing.T) {
	tests := []struct {
		name   string
		reader Reader
		prefix string
		want   error
	}{
		{"filter refused", cognitotest.New(cognitotest.RefusePrefix()), "a", ErrFilterRefused},
		{"filter ignored", cognitotest.New(cognitotest.Users(100), cognitotest.IgnorePrefix()), "a", ErrFilterRefused},
		{"no filter to refuse", cognitotest.New(cognitotest.RefusePrefix()), "", nil},
		{"token expired", cognitotest.New(cognitotest.Users(100), cognitotest.TokenLife(0)), "", ErrTokenRefused},
		{"token repeated", &edited{Pool: cognitotest.New(cognitotest.Users(200)), edit: func(n int, out *cip.ListUsersOutput) {
			out.PaginationToken = aws.String("the same")
		}}, "", ErrUnexpected},
		{"token repeated later", &edited{Pool: cognitotest.New(cognitotest.Users(200)), edit: func(n int, out *cip.ListUsersOutput) {
			out.PaginationToken = aws.String(fmt.Sprint(n % 3))
		}}, "", ErrUnexpected},
		{"empty token ends", &edited{Pool: cognitotest.New(cognitotest.Users(10)), edit: func(n int, out *cip.ListUsersOutput) {
			out.PaginationToken = aws.String("")
		}}, "", nil},
		{"user without sub", &edited{Pool: cognitotest.New(cognitotest.Users(10)), edit: func(n int, out *cip.ListUsersOutput) {
			out.Users[3].Attributes = nil
		}}, "", ErrUnexpected},
		{"user without name", &edited{Pool: cognitotest.New(cognitotest.Users(10)), edit: func(n int, out *cip.ListUsersOutput) {
			out.Users[3].Username = nil
		}}, "", ErrUnexpected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if err := New(tt.reader, cognitotest.ID).Walk(t.Context(), tt.prefix, ignore); !errors.Is(err, tt.want) {
					t.Errorf("Walk() = %v, want %v", err, tt.want)
				}
			})
		})
	}
}

// Every parameter but the token is the same for all pages, and AttributesToGet is
// not among them.
func TestWalkRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &edited{Pool: cognitotest.New(cognitotest.Users(3000))}
		if err := New(r, cognitotest.ID).Walk(t.Context(), "a", ignore); err != nil {
			t.Fatal(err)
		}
		if len(r.asked) < 3 {
			t.Fatalf("%d requests were made, want several", len(r.asked))
		}
		for i, in := range r.asked {
			if (i == 0) != (in.PaginationToken == nil) {
				t.Errorf("request %d has the token %v", i, in.PaginationToken)
			}
			in.PaginationToken = nil
			want := cip.ListUsersInput{
				UserPoolId: aws.String(cognitotest.ID), Filter: aws.String(`sub ^= "a"`), Limit: aws.Int32(60),
			}
			if diff := cmp.Diff(fmt.Sprintf("%q %q %d %q", *want.UserPoolId, *want.Filter, *want.Limit, want.AttributesToGet),
				fmt.Sprintf("%q %q %d %q", *in.UserPoolId, *in.Filter, *in.Limit, in.AttributesToGet)); diff != "" {
				t.Errorf("request %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// An error of the callback's ends the walk; one more page may have been fetched.
func TestWalkStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, full := cognitotest.New(cognitotest.Users(6000)), errors.New("queue full")
		seen := 0
		err := New(pool, cognitotest.ID).Walk(t.Context(), "", func([]directory.User) error {
			if seen++; seen == 3 {
				return full
			}
			return nil
		})
		if err != full {
			t.Errorf("Walk() = %v, want %v", err, full)
		}
		if got := pool.Calls("ListUsers"); got > 4 {
			t.Errorf("ListUsers was called %d times, want at most 4", got)
		}
	})
}

func TestWalkContext(t *testing.T) {
	tests := []struct {
		name  string
		fault func(cognitotest.Call) error
		want  error
	}{
		{"slow", nil, ErrThrottled}, // our own rate lets through 20 pages in 2 s
		{"throttled", func(cognitotest.Call) error { return cognitotest.Throttled() }, ErrThrottled},
		{"failing", func(cognitotest.Call) error { return cognitotest.Internal() }, ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool, start := cognitotest.New(cognitotest.Users(6000)), time.Now()
				pool.Fail(tt.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				if err := New(pool, cognitotest.ID).Walk(ctx, "", ignore); !errors.Is(err, tt.want) {
					t.Errorf("Walk() = %v, want %v", err, tt.want)
				}
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("Walk() took %v, want at most 2s", took)
				}
			})
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			pool := cognitotest.New(cognitotest.Users(6000), cognitotest.Latency(time.Second))
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(1500*time.Millisecond, cancel)
			if err := New(pool, cognitotest.ID).Walk(ctx, "", ignore); !errors.Is(err, context.Canceled) {
				t.Errorf("Walk() = %v, want %v", err, context.Canceled)
			}
		})
	})
}

// A connection that went dead costs an attempt and not the walk.
func TestWalkDeadConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := &deaf{Pool: cognitotest.New(cognitotest.Users(300)), call: 3}
		var got []directory.User
		if err := New(pool, cognitotest.ID).Walk(t.Context(), "", collect(&got)); err != nil || len(got) != 300 {
			t.Errorf("Walk() = %v after %d users, want nil after 300", err, len(got))
		}
	})
}

// While a page is worked on, the next one is on its way.
func TestWalkAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, start := cognitotest.New(cognitotest.Users(600), cognitotest.Latency(150*time.Millisecond)), time.Now()
		err := New(pool, cognitotest.ID, ListRate(100)).Walk(t.Context(), "", func([]directory.User) error {
			time.Sleep(100 * time.Millisecond)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(start), 10*150*time.Millisecond+100*time.Millisecond; got != want {
			t.Errorf("10 pages took %v, want %v", got, want)
		}
	})
}

// With pages that take longer than the rate allows, a few walks side by side use
// the rate up: at least 95 % of rate x 60 users a second.
func TestWalkThroughput(t *testing.T) {
	for _, rate := range []float64{10, 20, 30} {
		synctest.Test(t, func(t *testing.T) {
			const users = 100_000
			pool := cognitotest.New(cognitotest.Users(users), cognitotest.Latency(150*time.Millisecond), cognitotest.ListQuota(30))
			p, start := New(pool, cognitotest.ID, ListRate(rate)), time.Now()
			prefixes := make(chan string, len(hexDigits))
			for _, d := range hexDigits {
				prefixes <- d
			}
			close(prefixes)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for prefix := range prefixes {
						if err := p.Walk(t.Context(), prefix, ignore); err != nil {
							t.Errorf("Walk(%q) = %v, want nil", prefix, err)
						}
					}
				})
			}
			wg.Wait()
			got, most := users/time.Since(start).Seconds(), rate*PageSize
			t.Logf("%.0f users/s at %v requests/s: %.1f %% of %v", got, rate, 100*got/most, most)
			if got < 0.95*most {
				t.Errorf("walked %.0f users/s at %v requests/s, want at least %.0f", got, rate, 0.95*most)
			}
		})
	}
}

// BenchmarkWalk walks a pool of a million without rate limit or latency: what is left
// is our own work, and the stand-in's.
func BenchmarkWalk(b *testing.B) {
	const users = 1_000_000
	pool := cognitotest.New(cognitotest.Users(users))
	p := New(pool, cognitotest.ID, ListRate(1e9))
	b.ReportAllocs()
	for b.Loop() {
		for _, prefix := range hexDigits {
			if err := p.Walk(b.Context(), prefix, ignore); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(users*b.N)/b.Elapsed().Seconds(), "users/s")
}

func TestWalkGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.Users(1000), cognitotest.PageSizes(func(n, limit int) int { return n % 3 * limit / 2 }))
		var want []directory.User
		for u := range pool.All() {
			if len(want) < 150 {
				pool.AddToGroup("staff", u.Sub)
				want = append(want, u)
			}
		}
		pool.AddToGroup("nobody")
		p := New(pool, cognitotest.ID)
		var got []directory.User
		if err := p.WalkGroup(t.Context(), "staff", collect(&got)); err != nil {
			t.Fatalf("WalkGroup() = %v, want nil", err)
		}
		if diff := cmp.Diff(bySub(want), bySub(got)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		if err := p.WalkGroup(t.Context(), "nobody", ignore); err != nil {
			t.Errorf("WalkGroup() = %v for an empty group, want nil", err)
		}
		if err := p.WalkGroup(t.Context(), "nothing", ignore); err == nil {
			t.Error("WalkGroup() = nil for a group that does not exist, want an error")
		}
		pool.Fail(func(c cognitotest.Call) error {
			if c.Page == 1 {
				return answer("InvalidParameterException")()
			}
			return nil
		})
		if err := p.WalkGroup(t.Context(), "staff", ignore); !errors.Is(err, ErrTokenRefused) {
			t.Errorf("WalkGroup() = %v, want %v", err, ErrTokenRefused)
		}
	})
}

func TestPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(cognitotest.New(cognitotest.Users(130)), cognitotest.ID)
		var sizes []int
		met, token := make(map[string]bool), ""
		for {
			users, next, err := p.Page(t.Context(), 100, token)
			if err != nil {
				t.Fatalf("Page() = %v, want nil", err)
			}
			sizes = append(sizes, len(users))
			for _, u := range users {
				met[u.Sub] = true
			}
			if token = next; token == "" {
				break
			}
		}
		if diff := cmp.Diff([]int{60, 60, 10}, sizes); diff != "" || len(met) != 130 {
			t.Errorf("%d users, pages (-want +got):\n%s", len(met), diff)
		}
		if users, _, err := p.Page(t.Context(), 0, ""); len(users) != 1 || err != nil {
			t.Errorf("Page(0) = %d users, %v; want 1, nil", len(users), err)
		}
		if _, _, err := p.Page(t.Context(), 60, "nonsense"); !errors.Is(err, ErrTokenRefused) {
			t.Errorf("Page() = %v, want %v", err, ErrTokenRefused)
		}
	})
}

func TestCheckFilter(t *testing.T) {
	tests := []struct {
		name string
		opt  cognitotest.Option
		want error
	}{
		{"honoured", cognitotest.Users(1000), nil},
		{"refused", cognitotest.RefusePrefix(), ErrFilterRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool := cognitotest.New(tt.opt)
			if err := New(pool, cognitotest.ID).CheckFilter(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("CheckFilter() = %v, want %v", err, tt.want)
			}
			if got := pool.Calls("ListUsers"); got != 1 {
				t.Errorf("ListUsers was called %d times, want 1", got)
			}
		})
	}
}

// errAny stands for an error that no sentinel is declared for.
var errAny = errors.New("any error")

var hexDigits = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"}

func ignore([]directory.User) error { return nil }

// collect returns a callback that appends each page to users.
func collect(users *[]directory.User) func([]directory.User) error {
	return func(page []directory.User) error {
		if len(page) == 0 {
			return errors.New("an empty page was passed on")
		}
		*users = append(*users, page...)
		return nil
	}
}

// bySub groups users by sub; one who comes twice shows as such.
func bySub(users []directory.User) map[string][]directory.User {
	m := make(map[string][]directory.User)
	for _, u := range users {
		m[u.Sub] = append(m[u.Sub], u)
	}
	return m
}

func answer(code string) func() error {
	return func() error { return cognitotest.Answer(code, 400) }
}

// edited is a pool whose listings are tampered with; n counts the pages from 0. It
// keeps the requests.
type edited struct {
	*cognitotest.Pool
	edit  func(n int, out *cip.ListUsersOutput)
	asked []cip.ListUsersInput
}

func (e *edited) ListUsers(ctx context.Context, in *cip.ListUsersInput, opts ...func(*cip.Options)) (*cip.ListUsersOutput, error) {
	e.asked = append(e.asked, *in)
	if e.edit == nil {
		return e.Pool.ListUsers(ctx, in, opts...)
	}
	n, first := len(e.asked)-1, *in
	first.PaginationToken = nil
	out, err := e.Pool.ListUsers(ctx, &first, opts...)
	if err == nil {
		e.edit(n, out)
	}
	return out, err
}

// deaf is a pool that never answers one call of ListUsers.
type deaf struct {
	*cognitotest.Pool
	call, calls int
}

func (d *deaf) ListUsers(ctx context.Context, in *cip.ListUsersInput, opts ...func(*cip.Options)) (*cip.ListUsersOutput, error) {
	if d.calls++; d.calls == d.call {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return d.Pool.ListUsers(ctx, in, opts...)
}

// TestWalkGivesWay shows that a walk slows down while somebody else uses its quota,
// and does not knock for every request that it may not make.
func TestWalkGivesWay(t *testing.T) {
	const pages, left = 100, 5 // of the 30 requests a second, what others leave
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.Users(pages * PageSize))
		var answered []time.Time
		pool.Fail(func(cognitotest.Call) error {
			if n := len(answered); n >= left && time.Since(answered[n-left]) < time.Second {
				return cognitotest.Throttled()
			}
			answered = append(answered, time.Now())
			return nil
		})
		if err := New(pool, cognitotest.ID, ListRate(30)).Walk(t.Context(), "", ignore); err != nil {
			t.Fatalf("Walk() = %v, want nil", err)
		}
		if got, most := pool.Calls("ListUsers"), pages*5/4; got > most {
			t.Errorf("ListUsers was called %d times for %d pages, want at most %d", got, pages, most)
		}
	})
}

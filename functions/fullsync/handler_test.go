package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// fakeEngine notes what it is asked for, and answers as it is told.
type fakeEngine struct {
	asked         string
	err           error
	held, refused string
	out           string
	several       bool
	follow        *reconcile.Follow
}

func (f *fakeEngine) note(format string, args ...any) error {
	f.asked = fmt.Sprintf(format, args...)
	return f.err
}

func (f *fakeEngine) Start(_ context.Context, r reconcile.Request) (reconcile.Run, []reconcile.Lane, error) {
	err := f.note("start %+v", r)
	run := reconcile.Run{
		Request: r, V: reconcile.Version, StartedAt: time.Unix(1_700_000_000, 0).UTC(), Parts: []reconcile.Part{{Name: "hub"}}, Lanes: 1,
	}
	return run, []reconcile.Lane{{Number: 0, Size: 1, End: 1, Rate: 10, Shares: make([]reconcile.Share, 1)}}, err
}
func (f *fakeEngine) Groups(_ context.Context, r reconcile.Run) (reconcile.Run, error) {
	err := f.note("list %d groups of %s", len(r.Chains), r.ID)
	r.Chains = nil
	return r, err
}
func (f *fakeEngine) Await(_ context.Context, r reconcile.Run, w reconcile.Follow) reconcile.Follow {
	f.note("await %v of %s", w.Names, r.ID)
	return *f.follow
}
func (f *fakeEngine) Former(names []string) (reconcile.Former, error) {
	return reconcile.Former{Names: names}, f.note("check %v", names)
}
func (f *fakeEngine) Forget(_ context.Context, former reconcile.Former) (reconcile.Former, error) {
	err := f.note("forget %v from %q", former.Names, former.Token)
	return reconcile.Former{Names: former.Names[1:]}, err
}
func (f *fakeEngine) Walk(_ context.Context, r reconcile.Run, l reconcile.Lane) (reconcile.Lane, error) {
	l.Done = true
	return l, f.note("walk %s lane %d", r.ID, l.Number)
}
func (f *fakeEngine) Conclude(r reconcile.Run, lanes []reconcile.Lane) (reconcile.Conclusion, error) {
	return reconcile.Conclusion{Sweep: []reconcile.Lane{}}, f.note("conclude %s with %d lanes", r.ID, len(lanes))
}
func (f *fakeEngine) Sweep(_ context.Context, r reconcile.Run, l reconcile.Lane) (reconcile.Lane, error) {
	l.Done = true
	return l, f.note("sweep %s lane %d", r.ID, l.Number)
}
func (f *fakeEngine) Finish(_ context.Context, r reconcile.Run, c reconcile.Conclusion, swept []reconcile.Lane) (reconcile.Summary, error) {
	result := reconcile.Result{Held: f.held, MostRefused: f.refused, Out: f.out, Counts: reconcile.Counts{
		Tally: plan.Tally{Known: 10, Walked: 12, Missing: 1}, New: 3, Changed: 4, Renamed: 5, Rejected: 6, Retried: 7, Removed: 8,
	}}
	s := reconcile.Summary{Request: r.Request, StartedAt: r.StartedAt, Result: result, Seconds: 90, Follow: f.follow}
	if f.follow != nil {
		s.Left = 5
	}
	if f.several {
		s.ByTarget = map[string]reconcile.Result{"hub": result}
	}
	return s, f.note("finish %s with %d lanes swept", r.ID, len(swept))
}
func (f *fakeEngine) Abandon(_ context.Context, r reconcile.Run) error {
	return f.note("abandon %s", r.ID)
}

// TestHandle pins the JSON that the state machine reads and writes.
func TestHandle(t *testing.T) {
	const run = `{"run":"exec-1","v":1,"startedAt":"2023-11-14T22:13:20Z","parts":[{"name":"hub"}],"lanes":1}`
	const chained = `{"run":"exec-1","v":1,"startedAt":"2023-11-14T22:13:20Z","parts":[{"name":"hub"}],"lanes":1,"chains":[{"group":"staff"}]}`
	const none = `{"known":0,"walked":0,"missing":0,"new":0,"changed":0,"rejected":0,"removed":0}`
	const lane = `{"lane":3,"digits":1,"first":4,"size":4,"next":4,"end":8,"rate":2.5,"shares":[` + none + `],"done":false}`
	const started = `"lanes":[{"lane":0,"digits":0,"first":0,"size":1,"next":0,"end":1,"rate":10,"shares":[` + none + `],"done":false}]`
	const several = `"known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,"rejected":6,"retried":7,"removed":8,` +
		`"out":"bus: read the ledger: down","held":"hub: removals held: so many"`
	done := strings.Replace(lane, `"done":false`, `"done":true`, 1)
	for _, tt := range []struct {
		name, in    string
		engine      fakeEngine
		asked, want string
		metrics     []string
	}{
		{
			name:  "start",
			in:    `{"step":"start","execution":"exec-1","request":{"dryRun":true}}`,
			asked: "start {ID:exec-1 DryRun:true AllowRemovals:false RetryRejected:false Targets:[]}",
			want:  `{"run":{"run":"exec-1","dryRun":true,"v":1,"startedAt":"2023-11-14T22:13:20Z","parts":[{"name":"hub"}],"lanes":1},` + started + `}`,
		},
		{
			name:  "start from the console",
			in:    `{"step":"start","execution":"exec-1","request":{"Comment":"Insert your JSON here"}}`,
			asked: "start {ID:exec-1 DryRun:false AllowRemovals:false RetryRejected:false Targets:[]}",
			want:  `{"run":` + run + `,` + started + `}`,
		},
		{
			name:   "start while another runs",
			in:     `{"step":"start","execution":"exec-2","request":{}}`,
			engine: fakeEngine{err: fmt.Errorf("%w: another run is under way", reconcile.ErrNotStarted)},
			asked:  "start {ID:exec-2 DryRun:false AllowRemovals:false RetryRejected:false Targets:[]}",
			want:   `{"skipped":"run not started: another run is under way"}`,
		},
		{
			name: "start for some", in: `{"step":"start","execution":"exec-1","request":{"targets":["hub"]}}`,
			asked: "start {ID:exec-1 DryRun:false AllowRemovals:false RetryRejected:false Targets:[hub]}",
			want:  `{"run":` + strings.Replace(run, `"v":`, `"targets":["hub"],"v":`, 1) + `,` + started + `}`,
		},
		{
			name: "start to forget", in: `{"step":"start","execution":"exec-1","request":{"forget":["userhub:a","userhub:b"]}}`,
			asked: "check [userhub:a userhub:b]", want: `{"former":{"names":["userhub:a","userhub:b"]}}`,
		},
		{
			name: "forget", in: `{"step":"forget","former":{"names":["userhub:a","userhub:b"],"token":"t"}}`,
			asked: `forget [userhub:a userhub:b] from "t"`, want: `{"former":{"names":["userhub:b"]}}`,
		},
		{
			name: "groups", in: `{"step":"groups","run":` + chained + `,"lanes":[` + lane + `]}`,
			asked: "list 1 groups of exec-1", want: `{"run":` + run + `,"lanes":[` + lane + `]}`,
		},
		{
			name: "await", in: `{"step":"await","run":` + run + `,"follow":{"names":["hub","bus"]}}`,
			engine: fakeEngine{follow: &reconcile.Follow{Names: []string{"bus"}, Ready: []string{"hub"}}},
			asked:  "await [hub bus] of exec-1", want: `{"asked":{"follow":{"names":["bus"],"ready":["hub"]}}}`,
			metrics: []string{`"RunWaiting":1`},
		},
		{name: "walk", in: `{"step":"walk","run":` + run + `,"lane":` + lane + `}`, asked: "walk exec-1 lane 3", want: `{"run":` + run + `,"lane":` + done + `}`},
		{
			name: "conclude", in: `{"step":"conclude","run":` + run + `,"lanes":[` + done + `,` + done + `]}`, asked: "conclude exec-1 with 2 lanes",
			want: `{"run":` + run + `,"conclusion":{"results":null,"sweep":[]}}`,
		},
		{name: "sweep", in: `{"step":"sweep","run":` + run + `,"lane":` + lane + `}`, asked: "sweep exec-1 lane 3", want: `{"run":` + run + `,"lane":` + done + `}`},
		{
			name: "finish", in: `{"step":"finish","run":` + run + `,"conclusion":{},"swept":[` + done + `]}`, asked: "finish exec-1 with 1 lanes swept",
			want: `{"summary":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z","known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,` +
				`"rejected":6,"retried":7,"removed":8,"seconds":90}}`,
			metrics: []string{`"RunSucceeded":1`, `"RunWalked":12`, `"RunChanged":19`, `"RunRejected":13`, `"RunRemoved":8`, `"RunDuration":90`},
		},
		{
			name: "finish a dry run", in: `{"step":"finish","run":{"run":"exec-1","dryRun":true,"v":1,"startedAt":"2023-11-14T22:13:20Z"}}`,
			asked: "finish exec-1 with 0 lanes swept",
			want: `{"summary":{"run":"exec-1","dryRun":true,"startedAt":"2023-11-14T22:13:20Z","known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,` +
				`"rejected":6,"retried":7,"removed":8,"seconds":90}}`,
		},
		{
			name: "finish with removals held", in: `{"step":"finish","run":` + run + `}`, engine: fakeEngine{held: "removals held: so many"},
			asked: "finish exec-1 with 0 lanes swept",
			want: `{"summary":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z","known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,` +
				`"rejected":6,"retried":7,"removed":8,"held":"removals held: so many","seconds":90},"held":"removals held: so many"}`,
			metrics: []string{`"RunHeld":1`},
		},
		{
			name: "finish with most users refused", in: `{"step":"finish","run":` + run + `}`, engine: fakeEngine{refused: "most users refused: 7 of 12"},
			asked: "finish exec-1 with 0 lanes swept",
			want: `{"summary":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z","known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,` +
				`"rejected":6,"retried":7,"removed":8,"mostRefused":"most users refused: 7 of 12","seconds":90},"mostRefused":"most users refused: 7 of 12"}`,
			metrics: []string{`"RunFailed":1`},
		},
		{
			name: "finish with something left", in: `{"step":"finish","run":` + run + `}`, engine: fakeEngine{follow: &reconcile.Follow{Names: []string{"hub"}}},
			asked: "finish exec-1 with 0 lanes swept",
			want: `{"run":` + run + `,"summary":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z","known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,` +
				`"rejected":6,"retried":7,"left":5,"removed":8,"seconds":90},"asked":{"follow":{"names":["hub"]}}}`,
			metrics: []string{`"RunWaiting":1`},
		},
		{
			name: "finish with several targets in trouble", in: `{"step":"finish","run":` + run + `}`,
			engine: fakeEngine{several: true, held: "hub: removals held: so many", out: "bus: read the ledger: down"},
			asked:  "finish exec-1 with 0 lanes swept",
			want: `{"summary":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z",` + several + `,"byTarget":{"hub":{` + several + `}},"seconds":90},` +
				`"held":"hub: removals held: so many; bus: read the ledger: down","out":"bus: read the ledger: down"}`,
			metrics: []string{`"RunHeld":1`, `"RunFailed":1`},
		},
		{name: "abandon", in: `{"step":"abandon","execution":"exec-1"}`, asked: "abandon exec-1", want: `{}`, metrics: []string{`"RunFailed":1`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in step
			if err := json.Unmarshal([]byte(tt.in), &in); err != nil {
				t.Fatal(err)
			}
			var metrics bytes.Buffer
			h := handler{engine: &tt.engine, log: slog.New(slog.DiscardHandler), out: &metrics}
			r, err := h.Handle(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if tt.engine.asked != tt.asked {
				t.Errorf("asked the engine to %s, want %s", tt.engine.asked, tt.asked)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("answer: -want +got\n%s", diff)
			}
			for _, metric := range tt.metrics {
				if !strings.Contains(metrics.String(), metric) {
					t.Errorf("metrics %s lack %s", metrics.String(), metric)
				}
			}
			if tt.metrics == nil && metrics.Len() > 0 {
				t.Errorf("metrics %s, want none", metrics.String())
			}
		})
	}
}

func TestHandleFails(t *testing.T) {
	down := errors.New("down")
	for _, name := range []string{"start", "forget", "groups", "walk", "conclude", "sweep", "finish", "abandon"} {
		t.Run(name, func(t *testing.T) {
			h := handler{engine: &fakeEngine{err: down}, log: slog.New(slog.DiscardHandler), out: &bytes.Buffer{}}
			in := step{Step: name, Request: json.RawMessage(`{}`), Run: reconcile.Run{V: reconcile.Version}, Former: reconcile.Former{Names: []string{"a"}}}
			if _, err := h.Handle(t.Context(), in); !errors.Is(err, down) {
				t.Errorf("Handle error = %v, want %v", err, down)
			}
		})
	}
	run := reconcile.Run{V: reconcile.Version}
	if _, err := (handler{log: slog.New(slog.DiscardHandler)}).Handle(t.Context(), step{Step: "jump", Run: run}); err == nil || !strings.Contains(err.Error(), `"jump"`) {
		t.Errorf("unknown step: %v, want an error that names it", err)
	}
}

// TestOtherVersion shows that no step goes on with a run that another version began,
// and that the state machine is told not to ask again.
func TestOtherVersion(t *testing.T) {
	for _, name := range []string{"groups", "walk", "conclude", "sweep", "finish", "await"} {
		for _, version := range []int{0, reconcile.Version + 1} {
			t.Run(fmt.Sprint(name, " of version ", version), func(t *testing.T) {
				engine := &fakeEngine{}
				h := handler{engine: engine, log: slog.New(slog.DiscardHandler), out: &bytes.Buffer{}}
				_, err := h.Handle(t.Context(), step{Step: name, Run: reconcile.Run{V: version}})
				if got := reflect.TypeOf(err); got != reflect.TypeFor[OtherVersion]() || !strings.Contains(err.Error(), "another version") {
					t.Errorf("Handle error = %v (%v), want OtherVersion that says so", err, got)
				}
				if engine.asked != "" {
					t.Errorf("asked the engine to %s, want nothing", engine.asked)
				}
			})
		}
	}
}

// TestRequestThatCannotBeGranted shows that what the engine can never do is not asked of
// it again.
func TestRequestThatCannotBeGranted(t *testing.T) {
	for _, in := range []string{`{"targets":["hob"]}`, `{"forget":["userhub:a"]}`} {
		engine := &fakeEngine{err: fmt.Errorf("%w: there is no target", reconcile.ErrBadRequest)}
		h := handler{engine: engine, log: slog.New(slog.DiscardHandler), out: &bytes.Buffer{}}
		_, err := h.Handle(t.Context(), step{Step: "start", Execution: "exec-1", Request: json.RawMessage(in)})
		if got := reflect.TypeOf(err); got != reflect.TypeFor[RefusedInput]() || !strings.Contains(err.Error(), "there is no target") {
			t.Errorf("start with %s: %v (%v), want RefusedInput with the reason", in, err, got)
		}
	}
}

// TestRequestRefused shows that no run starts that was asked for in other words than
// it understands, that whoever asked is told which, and that the state machine is told
// not to ask again: it knows errors by the names of their types.
func TestRequestRefused(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"misspelt", `{"dry_run":true}`, `"dry_run"`},
		{"one of two misspelt", `{"dryRun":true,"allowRemoval":true}`, `"allowRemoval"`},
		{"in another case", `{"dryRun":true,"DRYRUN":false}`, `"DRYRUN" is not known; the nearest is "dryRun"`},
		{"twice", `{"dryRun":true,"dryRun":false}`, "dryRun appears twice"},
		{"null for true", `{"dryRun":null}`, "dryRun is null"},
		{"null for {}", `null`, "is null"},
		{"the run's own name", `{"run":"exec-2"}`, `"run"`},
		{"not true or false", `{"dryRun":"true"}`, "dryRun"},
		{"not an object", `["dryRun"]`, "want an object"},
		{"for no target", `{"targets":[]}`, "targets names none"},
		{"for one target, not a list", `{"targets":"hub"}`, "targets"},
		{"to forget nothing", `{"forget":[]}`, "forget names none"},
		{"to forget and run", `{"forget":["userhub:a"],"dryRun":true}`, "forget stands beside something else"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engine := &fakeEngine{}
			h := handler{engine: engine, log: slog.New(slog.DiscardHandler), out: &bytes.Buffer{}}
			_, err := h.Handle(t.Context(), step{Step: "start", Execution: "exec-1", Request: json.RawMessage(tt.in)})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "want {}, or any of dryRun") {
				t.Errorf("start with %s: error %v, want one that names %s and says what is understood", tt.in, err, tt.want)
			}
			if got := reflect.TypeOf(err); got != reflect.TypeFor[RefusedInput]() {
				t.Errorf("start with %s: the error's type is %v, want RefusedInput", tt.in, got)
			}
			if engine.asked != "" {
				t.Errorf("start with %s asked the engine to %s, want nothing", tt.in, engine.asked)
			}
		})
	}
}

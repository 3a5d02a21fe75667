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
}

func (f *fakeEngine) note(format string, args ...any) error {
	f.asked = fmt.Sprintf(format, args...)
	return f.err
}

func (f *fakeEngine) Start(_ context.Context, r reconcile.Request) (reconcile.Run, []reconcile.Lane, error) {
	err := f.note("start %+v", r)
	return reconcile.Run{Request: r, StartedAt: time.Unix(1_700_000_000, 0).UTC()}, []reconcile.Lane{{Number: 0, End: 1, Rate: 10}}, err
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
	s := reconcile.Summary{Run: r, Held: f.held, MostRefused: f.refused, Seconds: 90, Counts: reconcile.Counts{
		Tally: plan.Tally{Known: 10, Walked: 12, Missing: 1}, New: 3, Changed: 4, Renamed: 5, Rejected: 6, Retried: 7, Removed: 8,
	}}
	return s, f.note("finish %s with %d lanes swept", r.ID, len(swept))
}
func (f *fakeEngine) Abandon(_ context.Context, r reconcile.Run) error {
	return f.note("abandon %s", r.ID)
}

// TestHandle pins the JSON that the state machine reads and writes.
func TestHandle(t *testing.T) {
	const run = `{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z"}`
	const lane = `{"lane":3,"digits":1,"next":4,"end":8,"rate":2.5,"counts":{"known":0,"walked":0,"missing":0,"new":0,"changed":0,"rejected":0,"removed":0},"done":false}`
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
			asked: "start {ID:exec-1 DryRun:true AllowRemovals:false RetryRejected:false}",
			want: `{"run":{"run":"exec-1","dryRun":true,"startedAt":"2023-11-14T22:13:20Z"},"lanes":[{"lane":0,"digits":0,"next":0,"end":1,"rate":10,` +
				`"counts":{"known":0,"walked":0,"missing":0,"new":0,"changed":0,"rejected":0,"removed":0},"done":false}]}`,
		},
		{
			name:  "start from the console",
			in:    `{"step":"start","execution":"exec-1","request":{"Comment":"Insert your JSON here"}}`,
			asked: "start {ID:exec-1 DryRun:false AllowRemovals:false RetryRejected:false}",
			want: `{"run":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z"},"lanes":[{"lane":0,"digits":0,"next":0,"end":1,"rate":10,` +
				`"counts":{"known":0,"walked":0,"missing":0,"new":0,"changed":0,"rejected":0,"removed":0},"done":false}]}`,
		},
		{
			name:   "start while another runs",
			in:     `{"step":"start","execution":"exec-2","request":{}}`,
			engine: fakeEngine{err: fmt.Errorf("%w: another run is under way", reconcile.ErrNotStarted)},
			asked:  "start {ID:exec-2 DryRun:false AllowRemovals:false RetryRejected:false}",
			want:   `{"skipped":"run not started: another run is under way"}`,
		},
		{name: "walk", in: `{"step":"walk","run":` + run + `,"lane":` + lane + `}`, asked: "walk exec-1 lane 3", want: `{"run":` + run + `,"lane":` + done + `}`},
		{
			name: "conclude", in: `{"step":"conclude","run":` + run + `,"lanes":[` + done + `,` + done + `]}`, asked: "conclude exec-1 with 2 lanes",
			want: `{"run":` + run + `,"conclusion":{"counts":{"known":0,"walked":0,"missing":0,"new":0,"changed":0,"rejected":0,"removed":0},"sweep":[]}}`,
		},
		{name: "sweep", in: `{"step":"sweep","run":` + run + `,"lane":` + lane + `}`, asked: "sweep exec-1 lane 3", want: `{"run":` + run + `,"lane":` + done + `}`},
		{
			name: "finish", in: `{"step":"finish","run":` + run + `,"conclusion":{},"swept":[` + done + `]}`, asked: "finish exec-1 with 1 lanes swept",
			want: `{"summary":{"run":"exec-1","startedAt":"2023-11-14T22:13:20Z","known":10,"walked":12,"missing":1,"new":3,"changed":4,"renamed":5,` +
				`"rejected":6,"retried":7,"removed":8,"seconds":90}}`,
			metrics: []string{`"RunSucceeded":1`, `"RunWalked":12`, `"RunChanged":19`, `"RunRejected":13`, `"RunRemoved":8`, `"RunDuration":90`},
		},
		{
			name: "finish a dry run", in: `{"step":"finish","run":{"run":"exec-1","dryRun":true,"startedAt":"2023-11-14T22:13:20Z"}}`,
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
	for _, name := range []string{"start", "walk", "conclude", "sweep", "finish", "abandon"} {
		t.Run(name, func(t *testing.T) {
			h := handler{engine: &fakeEngine{err: down}, log: slog.New(slog.DiscardHandler), out: &bytes.Buffer{}}
			if _, err := h.Handle(t.Context(), step{Step: name, Request: json.RawMessage(`{}`)}); !errors.Is(err, down) {
				t.Errorf("Handle error = %v, want %v", err, down)
			}
		})
	}
	if _, err := (handler{log: slog.New(slog.DiscardHandler)}).Handle(t.Context(), step{Step: "jump"}); err == nil || !strings.Contains(err.Error(), `"jump"`) {
		t.Errorf("unknown step: %v, want an error that names it", err)
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

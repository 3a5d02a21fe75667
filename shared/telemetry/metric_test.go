package telemetry

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

func TestMetricsFlush(t *testing.T) {
	for _, tt := range []struct {
		name string
		add  func(*Metrics)
		want string
	}{
		{"nothing", func(*Metrics) {}, ""},
		{"a count is summed", func(m *Metrics) { m.Add("ChangesQueued", Count, 1); m.Add("ChangesQueued", Count, 2) },
			`{"ChangesQueued":3,"Stack":"s","_aws":{"CloudWatchMetrics":[{"Namespace":"poolsync","Dimensions":[["Stack"]],"Metrics":[{"Name":"ChangesQueued","Unit":"Count"}]}],"Timestamp":1700000000000}}` + "\n"},
		{"durations are kept apart", func(m *Metrics) { m.Add("Delay", Milliseconds, 1.5); m.Add("Delay", Milliseconds, 3) },
			`{"Delay":[1.5,3],"Stack":"s","_aws":{"CloudWatchMetrics":[{"Namespace":"poolsync","Dimensions":[["Stack"]],"Metrics":[{"Name":"Delay","Unit":"Milliseconds"}]}],"Timestamp":1700000000000}}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			m := NewMetrics(&out, "s")
			m.now = func() time.Time { return time.Unix(1_700_000_000, 0) }
			tt.add(m)
			for range 2 { // the second flush has nothing left to write
				if err := m.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if got := out.String(); got != tt.want {
				t.Errorf("Flush:\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestTargetMetrics(t *testing.T) {
	var out bytes.Buffer
	m := NewTargetMetrics(&out, "s", "hub")
	m.now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	m.Add("KeyRefused", Count, 1)
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	const want = `{"KeyRefused":1,"Target":"s/hub","_aws":{"CloudWatchMetrics":[{"Namespace":"poolsync","Dimensions":[["Target"]],"Metrics":[{"Name":"KeyRefused","Unit":"Count"}]}],"Timestamp":1700000000000}}` + "\n"
	if got := out.String(); got != want {
		t.Errorf("Flush:\ngot  %s\nwant %s", got, want)
	}
}

func TestMetricsHoldTheFormatsLimit(t *testing.T) {
	m := NewMetrics(&bytes.Buffer{}, "s")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range maxValues {
				m.Add("Delay", Milliseconds, 1)
			}
		})
	}
	wg.Wait()
	if got := len(m.values["Delay"]); got != maxValues {
		t.Errorf("%d values in one line, want %d", got, maxValues)
	}
}

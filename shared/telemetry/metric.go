package telemetry

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Namespace is the CloudWatch namespace of every metric.
const Namespace = "poolsync"

// Unit is a CloudWatch unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
	Seconds      Unit = "Seconds"
)

// Metrics gathers the metrics of one invocation and writes them as one line of
// the CloudWatch embedded metric format, which CloudWatch Logs turns into metrics
// without an API call:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
//
// A Metrics is safe for concurrent use.
type Metrics struct {
	out io.Writer
	// dimension is the name of the metrics' only dimension, and of is its value.
	dimension, of string
	now           func() time.Time

	mu     sync.Mutex // guards what follows
	values map[string][]float64
	units  map[string]Unit
	order  []string
}

// NewMetrics returns a Metrics that writes to out what is of a deployment as a whole,
// with the dimension Stack, so that several deployments in one account stay apart.
func NewMetrics(out io.Writer, stack string) *Metrics {
	return &Metrics{out: out, dimension: "Stack", of: stack, now: time.Now}
}

// NewTargetMetrics returns a Metrics that writes to out what is of one target, with the
// dimension Target. A metric is written either so or for the deployment, never both
// ways: each would be charged.
func NewTargetMetrics(out io.Writer, stack, target string) *Metrics {
	return &Metrics{out: out, dimension: "Target", of: TargetDimension(stack, target), now: time.Now}
}

// TargetDimension returns what the dimension Target is for a target of a deployment. A
// name of a target is unique only there, and that of a deployment holds no slash.
func TargetDimension(stack, target string) string { return stack + "/" + target }

// maxValues is how many values the format allows for one metric in one line.
const maxValues = 100

// Add records one value of a metric. Values of a Count are summed; of any other unit
// each is kept, so that CloudWatch can compute percentiles.
func (m *Metrics) Add(name string, unit Unit, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values, m.units = make(map[string][]float64), make(map[string]Unit)
	}
	have, known := m.values[name]
	switch {
	case !known:
		m.order = append(m.order, name)
		m.units[name] = unit
		m.values[name] = []float64{value}
	case unit == Count:
		have[0] += value
	case len(have) < maxValues:
		m.values[name] = append(have, value)
	}
}

// Flush writes what was recorded since the last Flush, if anything.
func (m *Metrics) Flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.order) == 0 {
		return nil
	}
	type metric struct {
		Name string
		Unit Unit
	}
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []metric
	}
	names := make([]metric, len(m.order))
	line := map[string]any{m.dimension: m.of}
	for i, name := range m.order {
		names[i] = metric{name, m.units[name]}
		if values := m.values[name]; len(values) == 1 {
			line[name] = values[0]
		} else {
			line[name] = values
		}
	}
	line["_aws"] = map[string]any{
		"Timestamp":         m.now().UnixMilli(),
		"CloudWatchMetrics": []directive{{Namespace, [][]string{{m.dimension}}, names}},
	}
	m.values, m.units, m.order = nil, nil, nil
	body, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = m.out.Write(append(body, '\n'))
	return err
}

package table

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	rows := []Row{
		Title("Sign-in", "Node.js"),
		{Metric: "p50", Poolsync: Milliseconds(6123 * time.Microsecond), Other: Milliseconds(53 * time.Millisecond), Limit: RatioAtMost(0.25)},
		{Metric: "lost of 100", Poolsync: Count(0), Other: Count(100), Limit: AtMost(0)},
		{Metric: "memory", Poolsync: MiB(10 << 20), Other: MiB(40 << 20), Limit: RatioAtMost(0.2)},
		Title("Scale", ""),
		{Metric: "pool calls", Poolsync: Count(166_667)},
		{Metric: "users", Poolsync: PerSecond(1788.4), Other: PerSecond(1800), Limit: RatioAtLeast(0.95)},
	}
	want := strings.TrimLeft(`
| metric      | poolsync |   other | ratio |   limit |
|-------------|---------:|--------:|------:|--------:|
| **Sign-in** |          | Node.js |       |         |
| p50         |  6.12 ms |   53 ms | 0.116 | ≤ 0.25× |
| lost of 100 |        0 |     100 |     0 |     ≤ 0 |
| memory      |   10 MiB |  40 MiB |  0.25 | ≤ 0.2×! |
| **Scale**   |          |         |       |         |
| pool calls  |  166,667 |         |       |         |
| users       |  1,788/s | 1,800/s | 0.994 | ≥ 0.95× |
`, "\n")
	var got strings.Builder
	if err := Write(&got, rows); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Sign-in: memory"}, Missed(rows)); diff != "" {
		t.Errorf("missed: -want +got\n%s", diff)
	}
}

func TestMissed(t *testing.T) {
	for _, tt := range []struct {
		name string
		row  Row
		want bool
	}{
		{"no limit", Row{Poolsync: Count(1)}, false},
		{"at the bound", Row{Poolsync: Count(1), Limit: AtMost(1)}, false},
		{"above the bound", Row{Poolsync: Count(2), Limit: AtMost(1)}, true},
		{"ratio at the upper bound", Row{Poolsync: Count(1), Other: Count(4), Limit: RatioAtMost(0.25)}, false},
		{"ratio above it", Row{Poolsync: Count(2), Other: Count(4), Limit: RatioAtMost(0.25)}, true},
		{"ratio at the lower bound", Row{Poolsync: Count(95), Other: Count(100), Limit: RatioAtLeast(0.95)}, false},
		{"ratio below it", Row{Poolsync: Count(94), Other: Count(100), Limit: RatioAtLeast(0.95)}, true},
		{"ratio to nothing", Row{Poolsync: Count(0), Limit: RatioAtMost(1)}, true},
		{"ratio to zero", Row{Poolsync: Count(1), Other: Count(0), Limit: RatioAtMost(1)}, true},
	} {
		if got := tt.row.Missed(); got != tt.want {
			t.Errorf("%s: Missed = %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestFigure(t *testing.T) {
	for _, tt := range []struct {
		in   Figure
		want string
	}{
		{Figure{}, ""},
		{Count(0), "0"},
		{Count(-1234), "-1,234"},
		{Count(10_000_000), "10,000,000"},
		{Milliseconds(1234567 * time.Microsecond), "1,235 ms"},
		{Milliseconds(99960 * time.Microsecond), "100 ms"},
		{Microseconds(7736 * time.Nanosecond), "7.74 µs"},
		{Long(56 * time.Second), "56 s"},
		{Long(93 * time.Minute), "93 min"},
		{Number(16.832), "16.8"},
		{MiB(1 << 19), "0.5 MiB"},
	} {
		if got := tt.in.String(); got != tt.want {
			t.Errorf("%v is written %q, want %q", tt.in.N, got, tt.want)
		}
	}
}

func TestQuotient(t *testing.T) {
	for in, want := range map[float64]string{0: "0", 0.00338: "0.003", 0.0412: "0.041", 0.1164: "0.116", 1: "1", 3.231: "3.23", 250.4: "250"} {
		if got := quotient(in); got != want {
			t.Errorf("%v is written %q, want %q", in, got, want)
		}
	}
}

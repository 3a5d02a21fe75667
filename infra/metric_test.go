package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/telemetry"
)

// TestMetricNames compares three lists of names: what the functions write, what
// shared/telemetry declares, and what alarms and dashboard read. A name in only one of
// them is a metric that nobody sees, or an alarm that never rings.
func TestMetricNames(t *testing.T) {
	declared := declaredMetrics(t)
	if diff := cmp.Diff(slices.Sorted(maps.Values(declared)), writtenMetrics(t, declared)); diff != "" {
		t.Errorf("the functions do not write exactly the declared metrics: -declared +written\n%s", diff)
	}
	read := map[string]bool{}
	for _, id := range everySet().ofType("AWS::CloudWatch::Alarm") {
		for _, name := range ourMetrics(everySet().Resources[id].Properties) {
			read[name] = true
		}
	}
	for _, name := range dashboardMetrics(t) {
		read[name] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Values(declared)), slices.Sorted(maps.Keys(read))); diff != "" {
		t.Errorf("alarms and dashboard do not read exactly the declared metrics: -declared +read\n%s", diff)
	}
}

// declaredMetrics returns the names in shared/telemetry by their constants.
func declaredMetrics(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "../shared/telemetry/names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			names[spec.Names[0].Name] = unquote(t, spec.Values[0])
		}
		return true
	})
	return names
}

// writtenMetrics returns the first argument of each call in the functions that adds
// to metrics: metrics.Add(name, telemetry.Count, value).
func writtenMetrics(t *testing.T, declared map[string]string) []string {
	files, err := filepath.Glob("../functions/*/*.go")
	if err != nil || files == nil {
		t.Fatalf("functions: %v, %v", files, err)
	}
	written := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 || !strings.HasSuffix(selector(call.Fun), ".Add") || !strings.HasPrefix(selector(call.Args[1]), "telemetry.") {
				return true
			}
			if constant, ok := strings.CutPrefix(selector(call.Args[0]), "telemetry."); ok {
				written[declared[constant]] = true
			} else {
				written[unquote(t, call.Args[0])] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(written))
}

// selector returns an expression such as telemetry.Count as text, or "" for any other.
func selector(e ast.Expr) string {
	selected, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if of, ok := selected.X.(*ast.Ident); ok {
		return of.Name + "." + selected.Sel.Name
	}
	return "." + selected.Sel.Name
}

// unquote returns the value of a string literal.
func unquote(t *testing.T, e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("%T is not the name of a metric", e)
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// ourMetrics returns the metrics of our namespace that an alarm reads.
func ourMetrics(properties map[string]any) []string {
	var names []string
	if properties["Namespace"] == telemetry.Namespace {
		names = append(names, properties["MetricName"].(string))
	}
	for _, query := range list(properties["Metrics"]) {
		stat, _ := query.(map[string]any)["MetricStat"].(map[string]any)
		metric, _ := stat["Metric"].(map[string]any)
		if metric["Namespace"] == telemetry.Namespace {
			names = append(names, metric["MetricName"].(string))
		}
	}
	return names
}

// dashboardMetrics returns the metrics of our namespace that the dashboard reads.
func dashboardMetrics(t *testing.T) []string {
	var dashboard struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if err := json.Unmarshal([]byte(joined(everySet().property("Dashboard", "DashboardBody"))), &dashboard); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, widget := range dashboard.Widgets {
		for _, metric := range widget.Properties.Metrics {
			if metric[0] == telemetry.Namespace {
				names = append(names, metric[1].(string))
			}
		}
	}
	return names
}

// joined returns the text of a Fn::Join, with references in their short form.
func joined(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	var b strings.Builder
	join := v.(map[string]any)["Fn::Join"].([]any)
	for _, part := range list(join[1]) {
		if text, ok := part.(string); ok {
			b.WriteString(text)
		} else {
			b.WriteString(name(part))
		}
	}
	return b.String()
}

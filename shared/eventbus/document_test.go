package eventbus_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
)

var update = flag.Bool("update", false, "write the document's examples from what the code does now")

// document is the one that consumers read.
const document = "../../infra/docs/bus.md"

// TestExamplesOfDocument holds the examples in the document to what the code sends: one
// for each detail type.
func TestExamplesOfDocument(t *testing.T) {
	bus := eventbustest.New()
	target := newBus(bus, full, eventbus.WithAttributes("email", "name", "username"))
	deliver(t, bus, target, signUp(1), signIn(2, false), change(3, renamed), change(4, renamed, disabled), change(5, renamed), removal(6))
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range eventbus.DetailTypes() {
		mark := strings.ReplaceAll(strings.ToLower(string(kind)), " ", "-")
		want := "```json\n" + indented(t, messageOf(t, bus, kind)) + "\n```\n"
		begin, end := "<!-- "+mark+":begin -->\n", "<!-- "+mark+":end -->"
		before, rest, begins := strings.Cut(string(text), begin)
		got, after, ends := strings.Cut(rest, end)
		if !begins || !ends {
			t.Fatalf("the document has nothing between %q and %q", begin, end)
		}
		if *update {
			got, text = want, []byte(before+begin+want+end+after)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the example of %s differs; if that is right, update it with the flag -update: -code +document\n%s", kind, diff)
		}
	}
	if *update {
		if err := os.WriteFile(document, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// messageOf returns the first event of a type.
func messageOf(t *testing.T, bus *eventbustest.Bus, kind eventbus.DetailType) []byte {
	t.Helper()
	for i, e := range bus.Events() {
		if e.DetailType == kind {
			return bus.Messages()[i]
		}
	}
	t.Fatalf("no event %s", kind)
	return nil
}

func indented(t *testing.T, message []byte) string {
	t.Helper()
	var text bytes.Buffer
	if err := json.Indent(&text, message, "", "  "); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

package watch

import (
	"fmt"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/local/golden"
)

// TestOperationsListAlarms checks the document's table of alarms.
func TestOperationsListAlarms(t *testing.T) {
	var b strings.Builder
	b.WriteString("| alarm | what has happened | what to do first |\n|---|---|---|\n")
	for _, a := range append(alarms, silence) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.name, a.means, a.first)
	}
	// Unescaped, <Target> is an HTML tag, which no viewer shows.
	golden.Section(t, "../docs/operations.md", "alarms", strings.ReplaceAll(b.String(), "<Target>", `\<Target>`))
}

package privilege

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/poolsync/poolsync/infra/local/golden"
	"github.com/poolsync/poolsync/infra/local/project"
	"github.com/poolsync/poolsync/infra/local/sandbox"
)

// table gathers what the roles of all templates allow.
type table struct {
	mu   sync.Mutex
	rows map[row]*permissions // guarded by mu
}

// row is a function, and something that it may act on.
type row struct{ function, thing string }

// permissions are the actions of a row: the default ones, and those that some
// configuration adds.
type permissions struct{ byDefault, added []string }

// defaults are the templates in which a function has its default permissions, if it is
// not part of a new pool's stack.
var defaults = map[string]string{"attach": "attached-pool", "webhook": "manual-pool"}

// add adds a role that was proven in a template.
func (t *table) add(template string, r Role) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range r.Policy.Grants() {
		if strings.HasPrefix(g.Action, "logs:") {
			continue // every function has its log
		}
		function := sandbox.BinaryName(r.Function)
		at := row{function, thing(g.Resource)}
		if t.rows[at] == nil {
			t.rows[at] = &permissions{}
		}
		p := t.rows[at]
		// The owner's settings name the role to pass and the function to restore.
		named := g.Action == "iam:PassRole" || g.Action == "lambda:GetPolicy"
		if template == cmp.Or(defaults[function], "new-pool") && !named {
			p.byDefault = append(p.byDefault, g.Action)
		} else {
			p.added = append(p.added, g.Action)
		}
	}
}

// String returns the table in Markdown.
func (t *table) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	b.WriteString("| function | on | may, by default | may, if configured |\n|---|---|---|---|\n")
	for _, at := range slices.SortedFunc(maps.Keys(t.rows), func(a, b row) int {
		return cmp.Or(cmp.Compare(a.function, b.function), cmp.Compare(a.thing, b.thing))
	}) {
		p := t.rows[at]
		added := slices.DeleteFunc(slices.Clone(p.added), func(action string) bool { return slices.Contains(p.byDefault, action) })
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", at.function, at.thing, join(p.byDefault), join(added))
	}
	return b.String()
}

// join lists actions, each once, in order.
func join(actions []string) string {
	sorted := slices.Compact(slices.Sorted(slices.Values(actions)))
	if len(sorted) == 0 {
		return ""
	}
	return "`" + strings.Join(sorted, "`, `") + "`"
}

// things are the document's names for what a permission is on, by the form of its ARN.
var things = []struct {
	form *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`:userpool/`), "the user pool"},
	{regexp.MustCompile(`:secret:USERHUB_KEY`), "`targets.<name>.keySecretArn`"},
	{regexp.MustCompile(`:secret:SCIM_KEY`), "`targets.<name>.keySecretArn`"},
	{regexp.MustCompile(`:secret:WEBHOOK_SIGNING`), "`providers.userhub.signingSecretArn`"},
	{regexp.MustCompile(`:secret:WEBHOOK_HEADER`), "`providers.userhub.headerSecretArn`"},
	{regexp.MustCompile(`:kms:`), "`deploy.secretsKmsKeyArn`, to read these secrets"},
	{regexp.MustCompile(`:event-bus/default$`), "`providers.userhub.eventBus`"},
	{regexp.MustCompile(`:event-bus/`), "`targets.<name>.bus`"},
	{regexp.MustCompile(`:iam:.*:role/`), "`pool.smsRoleArn`, to hand it to Cognito"},
	{regexp.MustCompile(`:lambda:.*:function:`), "`pool.replaceTriggers`, to see who may call it"},
	{regexp.MustCompile(`LiveQueue$`), "`<Target>LiveQueue`"},
	{regexp.MustCompile(`BulkQueue$`), "`<Target>BulkQueue`"},
	{regexp.MustCompile(`:EventsQueue$`), "`EventsQueue`"},
	{regexp.MustCompile(`:table/LedgerTable$`), "`LedgerTable`"},
}

// thing returns the document's name for a resource.
func thing(resource string) string {
	for _, t := range things {
		if t.form.MatchString(resource) {
			return t.name
		}
	}
	return "`" + resource + "`"
}

// compare compares the table with the one in infra/docs/security.md, or writes it there
// with -update.
func (t *table) compare(test *testing.T) {
	test.Helper()
	root, err := project.Root()
	if err != nil {
		test.Fatal(err)
	}
	golden.Section(test, filepath.Join(root, "infra", "docs", "security.md"), "iam", t.String())
}

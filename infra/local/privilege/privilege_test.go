package privilege

import (
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
)

// templates are the configurations whose roles are proven, each by itself. Between
// them they make every permission that a switch can make.
var templates = []string{"new-pool", "everything", "attached-pool", "manual-pool"}

// TestLeastPrivilege has every function of each template do all that it can, and
// holds its role against what it called: nothing was denied, and nothing is allowed
// that it did not need. The table in infra/docs/security.md is made of what was proven.
func TestLeastPrivilege(t *testing.T) {
	all := &table{rows: map[row]*permissions{}}
	t.Run("roles", func(t *testing.T) {
		for _, name := range templates {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				x := begin(t, name+".golden.json")
				x.sendTexts()
				x.attach(cfn.RequestCreate)
				x.signIn()
				x.answerUserHub()
				x.check()
				x.deliver()
				x.ingest()
				x.run()
				x.attach(cfn.RequestDelete)
				x.lambda()
				for _, r := range x.roles {
					all.add(name, r)
					for _, g := range x.gate.Unused(r.Function) {
						t.Errorf("%s never needed %s on %s", r.Function, g.Action, g.Resource)
					}
				}
			})
		}
	})
	t.Logf("what each function may do, and does:\n%s", all)
	all.compare(t)
}

package privilege

import (
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
)

// templates are the configurations whose roles the test proves, one at a time. Together
// they have every permission that a setting can add.
var templates = []string{"new-pool", "everything", "attached-pool", "manual-pool"}

// TestLeastPrivilege makes every function of each template do everything that it can, and
// compares its role with its calls: the role denied nothing, and allows nothing that the
// function did not need. The result makes the table in infra/docs/security.md.
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
				x.feed()
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

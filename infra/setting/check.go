package setting

import (
	"fmt"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// checker holds settings to the rules that are about more than one of them, or that a
// tag cannot say. A setting whose value is refused counts as left out.
type checker struct {
	Settings
	tree     map[string]any
	problems form.Problems
}

// check returns what settings break, which were read from a tree.
func check(s Settings, tree map[string]any) form.Problems {
	c := checker{Settings: s, tree: tree}
	c.pool()
	c.triggers()
	c.access()
	c.targets()
	c.webhook()
	c.places()
	return c.problems
}

// require records a problem unless ok.
func (c *checker) require(ok bool, path, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, form.Problem{Path: path, Text: fmt.Sprintf(format, args...)})
	}
}

// belong records a problem unless ok, for a setting that has no place beside another:
// its text says all.
func (c *checker) belong(ok bool, path, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, form.Problem{Path: path, Text: fmt.Sprintf(format, args...), SaysAll: true})
	}
}

// given reports whether the owner has said something at a path.
func (c *checker) given(path string) bool {
	var value any = c.tree
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value != nil
}

package setting

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/local/golden"
	"github.com/poolsync/poolsync/infra/setting/form"
)

// TestEverythingWrong shows what somebody sees who has everything wrong at once on the
// command line.
func TestEverythingWrong(t *testing.T) {
	overrides := map[string]string{"targets.userhub.conectionId": "conn_x"}
	kinds := map[string]string{"targets.userhub.type": "userhub", "targets.feed.type": "bus", "targets.domain.type": "scim"}
	for _, place := range form.Places(reflect.TypeFor[Settings]()) {
		path := onTarget(place)
		if !strings.HasPrefix(path, newPoolPath+".") {
			overrides[path] = "?"
		}
	}
	delete(overrides, "targets.userhub.connectionId")
	maps.Copy(overrides, kinds)
	_, err := Read("", overrides)
	golden.Compare(t, "testdata/everything-wrong.golden.txt", said(t, err))
}

// onTarget returns the path of a setting: of a target it is that of one which has it.
func onTarget(place form.Place) string {
	name := "userhub"
	switch Kind(place.Of) {
	case BusKind:
		name = "feed"
	case SCIMKind:
		name = "domain"
	}
	return strings.Replace(place.Path, "targets.<name>", "targets."+name, 1)
}

// TestWrongFile shows what somebody sees whose file has the usual mistakes.
func TestWrongFile(t *testing.T) {
	_, err := Read("testdata/wrong.json", nil)
	golden.Compare(t, "testdata/wrong.golden.txt", said(t, err))
	for _, value := range []string{"userhub_admin_example", `conn_26yEiYymqy6ZmG" is`, "b@example.com"} {
		if strings.Contains(err.Error(), value) {
			t.Errorf("the value %q is repeated", value)
		}
	}
}

// said returns an error as it is printed, wherever the tests run.
func said(t *testing.T, err error) string {
	t.Helper()
	folder, wdErr := os.Getwd()
	if wdErr != nil {
		t.Fatal(wdErr)
	}
	return strings.ReplaceAll(fmt.Sprintln(err), folder, "/home/jane/poolsync")
}

// TestEveryProblemIsExplained shows that an error about any setting says what is wanted,
// and has an example that is accepted in the file and on the command line.
func TestEveryProblemIsExplained(t *testing.T) {
	for _, place := range form.Places(reflect.TypeFor[Settings]()) {
		if strings.HasPrefix(place.Path, newPoolPath+".") {
			continue // which of a pool's texts have an example is up to package newpool
		}
		path := onTarget(place)
		found, problem := form.Find(reflect.TypeFor[Settings](), path)
		if problem != nil {
			t.Fatal(problem)
		}
		snippet, argument := found.Example()
		section := place.Path == "targets" || strings.HasSuffix(place.Path, ".mapping") || place.Path == "providers.userhub"
		if found.Want() == "" && !section || snippet == "" && place.Path != "providers.userhub" || argument == "" && !section {
			t.Errorf("%s: want %q, in the file %q, argument %q; want all of them", path, found.Want(), snippet, argument)
		}
		refused := func(err error) bool { return strings.Contains(fmt.Sprint(err), "\n  "+path+" is ") }
		if _, err := Parse([]byte("{" + snippet + "}")); place.Path != newPoolPath && refusedByItself(err, path) {
			t.Errorf("%s: the example %s is refused: %v", path, snippet, err)
		}
		name, value, _ := strings.Cut(argument, "=")
		if place.Path == newPoolPath || argument == "" {
			continue
		}
		if _, err := Read("", map[string]string{name: value}); refused(err) && refusedByItself(err, path) {
			t.Errorf("%s: the example -c %s is refused: %v", path, argument, err)
		}
	}
}

// refusedByItself reports whether an error refuses a setting's own value, not what goes
// with it.
func refusedByItself(err error, path string) bool {
	problems, _ := err.(Error)
	for _, problem := range problems {
		if problem.Path == path && !strings.Contains(problem.Text, "existing pool") && !strings.HasPrefix(problem.Text, "is missing") &&
			!strings.Contains(problem.Text, "is in another") && !strings.HasPrefix(problem.Text, "is false, so that") {
			return true
		}
	}
	return false
}

func TestErrorCounts(t *testing.T) {
	one := Error{{Path: "pool.id", Text: "is missing"}}
	two := append(one, form.Problem{Path: "unheard.of", Text: "is not known"})
	if got := one.Error(); !strings.HasPrefix(got, "poolsync: 1 problem in the settings\n") || !strings.Contains(got, "    or: -c pool.id=us-east-1_EXAMPLE01\n") {
		t.Errorf("got\n%s", got)
	}
	if got := (Error{{Path: "config", Text: "is empty"}}).Error(); !strings.Contains(got, "    or: -c config=prod.json\n") {
		t.Errorf("got\n%s", got)
	}
	said := Error{{Path: "pool.id", Text: "is for others", SaysAll: true}}
	if got := said.Error(); strings.Contains(got, "want:") {
		t.Errorf("got\n%s\nwant nothing besides the text", got)
	}
	if got := two.Error(); !strings.HasPrefix(got, "poolsync: 2 problems in the settings\n") || !strings.Contains(got, "\n  unheard.of is not known\n\n") {
		t.Errorf("got\n%s", got)
	}
}

package setting

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// fileKey is the key of the CDK context that names the settings file.
const fileKey = "config"

// FromContext reads the settings that the CDK context speaks of: its key config names
// the file, and every other key of ours is the path of a setting, which wins over the
// file. The CDK's own keys all hold a colon or a slash, but for those of `cdk
// acknowledge`. The error is an [Error].
func FromContext(context map[string]any) (Settings, error) {
	var problems form.Problems
	values := map[string]string{}
	for key, value := range form.Sorted(context) {
		if value == nil || strings.ContainsAny(key, ":/") || key == "acknowledged-issue-numbers" {
			continue
		}
		text, complaint := contextText(value)
		if complaint != "" {
			problems = append(problems, form.Problem{Path: key, Text: complaint})
			continue
		}
		values[key] = text
	}
	file, named := values[fileKey]
	delete(values, fileKey)
	if named && file == "" {
		problems = append(problems, form.Problem{Path: fileKey, Text: "is empty: name a file, or leave it out"})
	}
	return read(file, values, problems)
}

// contextText returns a context value as text. The command line knows only text;
// cdk.json may hold numbers, true and false too.
func contextText(value any) (text, complaint string) {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v), ""
	case bool:
		return strconv.FormatBool(v), ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), ""
	}
	return "", "is neither a text nor a number nor true or false; what has parts belongs in the settings file"
}

// Read reads a settings file, and then overrides, texts by the paths of the settings
// that they are for, which win over the file. An empty name is no file. The path of
// another file in the settings is seen from the folder of this one, and in an override
// from the current folder. The error is an [Error] with everything that is wrong, or
// with why the file cannot be read.
func Read(file string, overrides map[string]string) (Settings, error) {
	return read(file, overrides, nil)
}

// Parse reads the text of a settings file. The path of another file in it is seen from
// the current folder. The error is an [Error] with everything that is wrong.
func Parse(text []byte) (Settings, error) {
	r := reader{}
	if problem := r.parse(text); problem != nil {
		return Settings{}, Error{*problem}
	}
	r.include(".")
	return r.settings()
}

// read is [Read] after problems that are known already.
func read(file string, overrides map[string]string, known form.Problems) (Settings, error) {
	r := reader{tree: map[string]any{}, problems: known}
	if problem := r.open(file); problem != nil {
		return Settings{}, Error(append(known, *problem))
	}
	r.override(file, overrides)
	return r.settings()
}

// reader collects settings as a tree of parsed JSON.
type reader struct {
	tree     map[string]any
	problems form.Problems
}

func (r *reader) complain(path, format string, args ...any) {
	r.problems = append(r.problems, form.Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// override puts each text where its path says, in the order of the paths: that of a
// section is before those inside it.
func (r *reader) override(file string, overrides map[string]string) {
	if _, replaced := overrides[newPoolPath]; !replaced {
		r.include(folder(file))
	}
	for _, path := range slices.Sorted(maps.Keys(overrides)) {
		if problem := form.Set(r.tree, reflect.TypeFor[Settings](), path, strings.TrimSpace(overrides[path])); problem != nil {
			r.problems = append(r.problems, *problem)
		} else if path == newPoolPath {
			r.include(".")
		}
	}
}

// settings decodes and checks the tree.
func (r *reader) settings() (Settings, error) {
	var s Settings
	r.more(texts.Fill(r.tree, &s))
	r.more(check(s, r.tree))
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b form.Problem) int { return cmp.Compare(rank(a.Path), rank(b.Path)) })
		return Settings{}, Error(r.problems)
	}
	return s, nil
}

// rank returns where the section of a path stands among all, and what is in none last.
func rank(path string) int {
	first, _, _ := strings.Cut(path, ".")
	for i, section := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		if section.Tag.Get("json") == first {
			return i
		}
	}
	return math.MaxInt
}

// more records problems, but for those of a place that has one already, or of what is
// in such a place: they would only say the same once more.
func (r *reader) more(problems form.Problems) {
	known := r.problems
	for _, problem := range problems {
		if !slices.ContainsFunc(known, func(k form.Problem) bool {
			return k.Path == problem.Path || strings.HasPrefix(problem.Path, k.Path+".")
		}) {
			r.problems = append(r.problems, problem)
		}
	}
}

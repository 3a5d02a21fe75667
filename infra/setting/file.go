package setting

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/shared/decode"
)

// newPoolPath is the setting in whose place the path of a file may stand.
const newPoolPath = "pool.new"

// open reads the settings file into the tree. A problem means that nothing is read.
func (r *reader) open(file string) *form.Problem {
	if file == "" {
		return nil
	}
	text, complaint := fileText(file)
	if complaint != "" {
		return &form.Problem{Path: fileKey, Text: complaint}
	}
	problem := r.parse(text)
	if problem != nil {
		problem.Path, problem.Text = fileKey, "names a file that "+problem.Text
	}
	return problem
}

// parse reads the text of a settings file into the tree. A problem means that nothing
// is read.
func (r *reader) parse(text []byte) *form.Problem {
	value, repeated, err := decode.Value(text)
	if err != nil {
		return &form.Problem{Text: err.Error()}
	}
	tree, ok := value.(map[string]any)
	if !ok {
		return &form.Problem{Text: "is not an object: {...}"}
	}
	for _, path := range repeated {
		r.complain(path, "is in the file twice")
	}
	if schema, given := tree["$schema"]; given {
		if _, ok := schema.(string); !ok {
			r.complain("$schema", "is not a text: it tells an editor which schema to use")
		}
		delete(tree, "$schema")
	}
	r.tree = tree
	return nil
}

// include puts the content of a file in place of its path, seen from a folder. Of a
// file that cannot be read nothing is known, so that there is an empty description.
func (r *reader) include(from string) {
	pool, _ := r.tree["pool"].(map[string]any)
	name, ok := pool["new"].(string)
	if !ok {
		return
	}
	pool["new"] = map[string]any{}
	if strings.TrimSpace(name) == "" {
		r.complain(newPoolPath, "is empty: give it a value, or leave it out")
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(from, name)
	}
	text, complaint := fileText(name)
	if complaint != "" {
		r.complain(newPoolPath, "%s", complaint)
		return
	}
	value, repeated, err := decode.Value(text)
	if err != nil {
		r.complain(newPoolPath, "names a file that %v", err)
		return
	}
	for _, path := range repeated {
		r.complain(form.Join(newPoolPath, path), "is in the file twice")
	}
	pool["new"] = value
}

// folder returns the folder of a file; the current one where there is no file.
func folder(file string) string { return filepath.Dir(file) }

// fileText returns what is in a file, or what is wrong with the setting that names it.
func fileText(name string) (text []byte, complaint string) {
	text, err := os.ReadFile(name)
	if err == nil {
		return text, ""
	}
	reason := err.Error()
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		reason = of.Err.Error()
	}
	from, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		from = "."
	}
	return nil, "names a file that cannot be read: " + reason + "; looked for it in " + from
}

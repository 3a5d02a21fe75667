// Package form reads what people write in JSON into structs whose tags say all that
// is to be known of it, and writes from the same tags a table for a document and a
// JSON Schema for an editor.
//
// It goes on after a problem, so that everything that is wrong is said at once, each
// with its path. The tags of a field are:
//
//   - json: its name. Names are read exactly, each once.
//   - default: its value where it is left out; blanks separate the entries of a list.
//   - required: "true" if it cannot be left out.
//   - oneOf: what it may be, separated by blanks; for a list, what each entry may be.
//   - range: the least and the greatest number; for a list or a map, of entries.
//   - form: the name of the form that a text has, or each text of a list or a map; see [Texts].
//   - names: the name of the form that the names in a map have.
//   - doc: what it means. Between 'single quotes' stands code.
//   - want, example: what a good value is, in words, and one; that of an object is JSON.
//   - file: "true" if the path of a JSON file may stand in place of the object.
//   - def: the name of its definition in the schema, where it has one of its own.
//   - of: on a pointer to a struct without a name: the fields of that struct stand in the
//     object itself, if its field "type" has this value. Else the pointer is nil.
package form

import "strings"

// Problems is everything that is wrong with a value.
type Problems []Problem

// Problem is what is wrong at one place of a value. It never repeats what stands
// there, which might be a secret in the wrong place, but names.
type Problem struct {
	Path string // such as clients.web.scopes[1]; empty: the whole value
	Text string // completes "<path> ..."
	// SaysAll means that the text says what to do, and what a good value is by itself
	// would only mislead.
	SaysAll bool
}

// Error implements the error interface: a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// String returns the problem as a sentence.
func (p Problem) String() string { return strings.TrimPrefix(p.Path+" "+p.Text, " ") }

// Join returns the path of what has a name in the object at a path.
func Join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

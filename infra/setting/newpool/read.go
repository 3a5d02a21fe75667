package newpool

import (
	"errors"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/decode"
)

// Problems is everything that is wrong with a file.
type Problems []Problem

// Problem is what is wrong at one place of a file.
type Problem struct {
	Path string // such as clients.web.scopes[1]; empty: the whole file
	Text string // completes "<path> ..."
}

// Error implements the error interface: a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = strings.TrimPrefix(problem.Path+" "+problem.Text, " ")
	}
	return strings.Join(lines, "\n")
}

// Default returns the pool of an empty file.
func Default() Pool {
	var pool Pool
	fill(map[string]any{}, &pool) // no problem: only what has a name can lack a key
	return pool
}

// Read reads a file. The error is [Problems] if the file can be read.
func Read(name string) (Pool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Pool{}, errors.New("names a file that cannot be read")
	}
	return parse(text)
}

// parse reads the text of a file.
func parse(text []byte) (Pool, error) {
	value, repeated, err := decode.Value(text)
	if err != nil {
		return Pool{}, Problems{{Text: err.Error()}}
	}
	var problems Problems
	for _, path := range repeated {
		problems = append(problems, Problem{Path: path, Text: "stands there twice"})
	}
	var pool Pool
	problems = append(problems, fill(value, &pool)...)
	if problems = append(problems, check(pool)...); len(problems) > 0 {
		return Pool{}, problems
	}
	return pool, nil
}

// sorted ranges over a map in the order of its keys, so that the same file gives
// the same template.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

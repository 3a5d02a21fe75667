package newpool

import (
	"errors"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/shared/decode"
)

// Problems is everything that is wrong with a description.
type Problems = form.Problems

// Default returns the pool of an empty description.
func Default() Pool {
	var pool Pool
	form.Texts{}.Fill(map[string]any{}, &pool) // no problem: only what has a name can lack a setting
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
		problems = append(problems, form.Problem{Path: path, Text: "is in the file twice"})
	}
	var pool Pool
	problems = append(problems, form.Texts{}.Fill(value, &pool)...)
	if problems = append(problems, Check(pool)...); len(problems) > 0 {
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

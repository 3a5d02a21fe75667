package newpool

import "github.com/poolsync/poolsync/infra/setting/form"

// Problems is everything that is wrong with a description.
type Problems = form.Problems

// Default returns the pool of an empty description.
func Default() Pool {
	var pool Pool
	form.Texts{}.Fill(map[string]any{}, &pool) // no problem: only what has a name can lack a setting
	return pool
}

package cognitotest

import (
	"iter"

	"github.com/poolsync/poolsync/shared/directory"
)

// Generated yields the users that the pool was generated with whose sub starts with
// prefix, in the order of their subs and as they were generated, whatever happened to
// them since. With it the ledger of a large pool can be computed as the pool is.
func (p *Pool) Generated(prefix string) iter.Seq[directory.User] {
	return func(yield func(directory.User) bool) {
		spans := p.base.withPrefix(prefix)
		for len(spans) > 0 {
			// Subs ascend within each span, so the lowest one begins a span.
			lowest := 0
			for i := range spans {
				if p.base.sub(spans[i].lo) < p.base.sub(spans[lowest].lo) {
					lowest = i
				}
			}
			next := &spans[lowest]
			if !yield(toUser(p.base.record(next.lo))) {
				return
			}
			if next.lo++; next.lo == next.hi {
				spans = append(spans[:lowest], spans[lowest+1:]...)
			}
		}
	}
}

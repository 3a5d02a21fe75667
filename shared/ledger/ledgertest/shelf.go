package ledgertest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"
)

// Shelf is what a table holds of targets that are no more: items without number or
// content, that can be forgotten. It is safe for concurrent use.
type Shelf struct {
	mu    sync.Mutex // guards items
	items map[string]int
}

// NewShelf returns a shelf that holds nothing.
func NewShelf() *Shelf { return &Shelf{items: make(map[string]int)} }

// shelfPage is how many items are forgotten at once.
const shelfPage = 1000

// Put puts items of a target onto the shelf.
func (s *Shelf) Put(name string, items int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[name] += items
}

// Left returns how many items there are, by target.
func (s *Shelf) Left() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.items)
}

// Forget drops some of what there is of a target, and returns where to go on. It takes
// no other token than one that it gave.
func (s *Shelf) Forget(ctx context.Context, name, token string) (next string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := strconv.Atoi(token); token != "" && err != nil {
		return "", fmt.Errorf("token %q is none of ours", token)
	}
	s.items[name] -= min(shelfPage, s.items[name])
	if left := s.items[name]; left > 0 {
		return strconv.Itoa(left), nil
	}
	delete(s.items, name)
	return "", nil
}

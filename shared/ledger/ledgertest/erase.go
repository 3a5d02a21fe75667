package ledgertest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// parts are what a ledger is erased by: the users by the first digit of their subs, and
// in the end what is no user's.
var parts = append(strings.Split("0123456789abcdef", ""), "run")

// erasePage is how many entries are erased in a call.
const erasePage = 100

// Erase deletes one page of all that the ledger holds.
func (m *Memory) Erase(ctx context.Context, token string) (next string, erased int, err error) {
	part, more := cmp.Or(token, parts[0]), false
	if !slices.Contains(parts, part) {
		return token, 0, errors.New("erase: token: want what the last call returned")
	}
	err = m.call(ctx, Erase, func() error {
		if part == "run" {
			erased = m.eraseRuns()
		} else {
			erased, more = m.eraseUsers(part)
		}
		if next = part; !more {
			next = partAfter(part)
		}
		return nil
	})
	if err != nil {
		return token, 0, err
	}
	return next, erased, nil
}

// eraseUsers deletes a page of the users whose subs start with a digit, and reports
// whether there are more. What is computed goes at once, with the last page. The caller
// holds mu.
func (m *Memory) eraseUsers(digit string) (erased int, more bool) {
	for prefix, entries := range m.written {
		if !strings.HasPrefix(prefix, digit) {
			continue
		}
		for sub := range entries {
			if erased == erasePage {
				return erased, true
			}
			delete(entries, sub)
			erased++
		}
	}
	m.erased[digit] = true
	return erased, false
}

// eraseRuns deletes what is no user's, and not the pool's lease. The caller holds mu.
func (m *Memory) eraseRuns() (erased int) {
	if m.watch != (lease{}) {
		erased++
	}
	if m.success != (success{}) {
		erased++
	}
	erased += len(m.schedule)
	m.watch, m.success, m.schedule = lease{}, success{}, make(map[string]time.Time)
	return erased
}

func partAfter(part string) string {
	if i := slices.Index(parts, part) + 1; i < len(parts) {
		return parts[i]
	}
	return ""
}

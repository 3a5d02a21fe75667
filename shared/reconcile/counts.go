package reconcile

import "github.com/poolsync/poolsync/shared/plan"

// Counts is what a run or a part of it came to for a target, in users.
type Counts struct {
	plan.Tally
	New      int `json:"new"`
	Changed  int `json:"changed"`
	Renamed  int `json:"renamed,omitempty"`
	Rejected int `json:"rejected"`           // refused before, and skipped
	Blocked  int `json:"blocked,omitempty"`  // refused before, for now, and not due yet
	Retried  int `json:"retried,omitempty"`  // refused before, and tried again
	Left     int `json:"left,omitempty"`     // to be told of, and left to the next run
	Present  int `json:"present,omitempty"`  // missed, and found to exist after all
	Doubtful int `json:"doubtful,omitempty"` // missed, and neither found nor proven gone
	Removed  int `json:"removed"`
}

// Add returns the sum of c and o.
func (c Counts) Add(o Counts) Counts {
	return Counts{
		Tally: c.Tally.Add(o.Tally), New: c.New + o.New, Changed: c.Changed + o.Changed,
		Renamed: c.Renamed + o.Renamed, Rejected: c.Rejected + o.Rejected, Blocked: c.Blocked + o.Blocked,
		Retried: c.Retried + o.Retried, Left: c.Left + o.Left,
		Present: c.Present + o.Present, Doubtful: c.Doubtful + o.Doubtful, Removed: c.Removed + o.Removed,
	}
}

// count adds one decision.
func (c *Counts) count(d plan.Decision) {
	switch d {
	case plan.New:
		c.New++
	case plan.Changed:
		c.Changed++
	case plan.Renamed:
		c.Renamed++
	case plan.Rejected:
		c.Rejected++
	case plan.Blocked:
		c.Blocked++
	case plan.Retried:
		c.Retried++
	}
}

// Refused returns how many of the users whom the pool listed the target had refused
// when the run began, whatever is done about it.
func (c Counts) Refused() int { return c.Rejected + c.Blocked + c.Retried }

// queued returns how many users' changes a walk put on the queue.
func (c Counts) queued() int { return c.New + c.Changed + c.Renamed + c.Retried }

package ledgertest

// Op names a call to the ledger.
type Op string

// The calls to a ledger. Entries and Candidates count once a page.
const (
	Entry         Op = "Entry"
	Entries       Op = "Entries"
	Candidates    Op = "Candidates"
	Confirm       Op = "Confirm"
	Reject        Op = "Reject"
	MarkAbsent    Op = "MarkAbsent"
	MarkLeaving   Op = "MarkLeaving"
	Forget        Op = "Forget"
	Claim         Op = "Claim"
	EndClaim      Op = "EndClaim"
	Acquire       Op = "Acquire"
	Renew         Op = "Renew"
	Release       Op = "Release"
	LastSuccess   Op = "LastSuccess"
	RecordSuccess Op = "RecordSuccess"
	Reserve       Op = "Reserve"
	HoldUntil     Op = "HoldUntil"
	Erase         Op = "Erase"
)

// Fault makes one call to the ledger fail. A fault strikes once.
type Fault struct {
	// Op is the call that fails; "" counts the calls of every kind together.
	Op Op
	// Call is which one fails, counted from 1 since the ledger was made.
	Call int
	// Err is what the call returns.
	Err error
	// Lost makes the call take effect first, as when only its answer is lost.
	Lost bool
}

// Inject adds faults to come. To fail every call of a scenario in turn, run it
// once, ask for [Memory.Calls], and inject a fault at each.
func (m *Memory) Inject(faults ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, faults...)
}

// Calls returns how many calls of the given kinds were made, of all kinds if none
// is given. Calls that failed count.
func (m *Memory) Calls(ops ...Op) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counted(ops...)
}

// counted is Calls for a caller who holds mu.
func (m *Memory) counted(ops ...Op) int {
	total := 0
	for _, op := range ops {
		total += m.calls[op]
	}
	if len(ops) == 0 {
		for _, n := range m.calls {
			total += n
		}
	}
	return total
}

// Writes returns how many calls were made that change what the ledger holds of
// users.
func (m *Memory) Writes() int {
	return m.Calls(Confirm, Reject, MarkAbsent, MarkLeaving, Forget, Claim, EndClaim)
}

// fault returns the fault that is due at the call of op just counted, or the zero
// Fault. The caller holds mu.
func (m *Memory) fault(op Op) Fault {
	for _, f := range m.faults {
		if f.Op == op && f.Call == m.calls[op] || f.Op == "" && f.Call == m.counted() {
			return f
		}
	}
	return Fault{}
}

package attach

import "iter"

// Triggers are the functions that a pool calls for the two triggers that we set:
// ARNs, also those of a version or an alias; empty for none.
type Triggers struct {
	PostAuthentication, PostConfirmation string
}

// all yields the triggers by the names that Cognito gives them.
func (t Triggers) all() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		_ = yield("PostAuthentication", t.PostAuthentication) && yield("PostConfirmation", t.PostConfirmation)
	}
}

// replace returns the triggers with function replaced by what by has for the same
// trigger.
func (t Triggers) replace(function string, by Triggers) Triggers {
	if t.PostAuthentication == function {
		t.PostAuthentication = by.PostAuthentication
	}
	if t.PostConfirmation == function {
		t.PostConfirmation = by.PostConfirmation
	}
	return t
}

// without returns the triggers except those that other has as well.
func (t Triggers) without(other Triggers) Triggers {
	if t.PostAuthentication == other.PostAuthentication {
		t.PostAuthentication = ""
	}
	if t.PostConfirmation == other.PostConfirmation {
		t.PostConfirmation = ""
	}
	return t
}

// holds reports whether a trigger, by Cognito's name for it, calls function.
func (t Triggers) holds(trigger, function string) bool {
	for name, arn := range t.all() {
		if name == trigger {
			return arn == function
		}
	}
	return false
}

package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// functionARNForm is that of a function, or of a version or an alias of one.
var functionARNForm = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?$`)

// triggers are the ARNs of functions, by the names of a pool's triggers.
type triggers map[string]string

// functions returns the functions, each once.
func (t triggers) functions() []string {
	return slices.Compact(slices.Sorted(maps.Values(t)))
}

// policies returns the ARNs of what has a policy that says who may call these
// functions. That of a version or an alias is its own; we have found nothing on
// whether reading it is then allowed on that or on the function, so both are named.
func (t triggers) policies() []string {
	var all []string
	for _, function := range t.functions() {
		all = append(all, function)
		if parts := strings.SplitN(function, ":", 8); len(parts) == 8 {
			all = append(all, strings.Join(parts[:7], ":"))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// replaceable accepts a list of triggers, each with a function. The trigger is part
// of it because the function comes back to the same one.
func replaceable(to *triggers, value string) error {
	read := triggers{}
	for entry := range strings.SplitSeq(value, ",") {
		trigger, function, ok := strings.Cut(strings.TrimSpace(entry), "=")
		switch {
		case !ok:
			return errors.New("has an entry without an equals sign")
		case trigger != "PostAuthentication" && trigger != "PostConfirmation":
			return errors.New("names a trigger that we do not set")
		case read[trigger] != "":
			return fmt.Errorf("names %s twice", trigger)
		case !functionARNForm.MatchString(function):
			return errors.New("holds something else than the full ARN of a Lambda function")
		}
		read[trigger] = function
	}
	*to = read
	return nil
}

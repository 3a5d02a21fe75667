package customresource

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/poolsync/poolsync/shared/cognito/attach"
)

// The names of the resources' properties. functionProperty used to be
// unnamedFunction: an older version takes a request with the new name for one that
// was never carried out, and does nothing. So when an upgrade is rolled back together
// with the function's code, deleting the new attachment leaves the triggers to the
// old one.
const (
	poolProperty     = "UserPoolId"
	functionProperty = "Function"
	unnamedFunction  = "FunctionArn"
	replaceProperty  = "ReplaceTriggers"
)

// properties are what the template says of a resource.
type properties struct {
	poolID      string
	function    string // the function's ARN, also that of a version or an alias
	replaceable attach.Triggers
}

// The forms of a pool's id and of a function's ARN.
var (
	poolForm     = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+_[0-9a-zA-Z]+$`)
	functionForm = regexp.MustCompile(`^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:\S+$`)
)

// parse reads the resource's properties. The error names every one that is
// unusable and says what it should be.
func parse(raw map[string]any) (properties, error) {
	var p properties
	var problems []error
	p.poolID, _ = raw[poolProperty].(string)
	if !poolForm.MatchString(p.poolID) {
		problems = append(problems, fmt.Errorf("%s: want a user pool's id such as us-east-1_EXAMPLE01", poolProperty))
	}
	p.function, _ = raw[functionProperty].(string)
	if p.function == "" {
		p.function, _ = raw[unnamedFunction].(string)
	}
	if !functionForm.MatchString(p.function) {
		problems = append(problems, fmt.Errorf("%s: want the ARN of a Lambda function", functionProperty))
	}
	replaceable, _ := raw[replaceProperty].(map[string]any)
	for name, to := range map[string]*string{
		"PostAuthentication": &p.replaceable.PostAuthentication,
		"PostConfirmation":   &p.replaceable.PostConfirmation,
	} {
		*to, _ = replaceable[name].(string)
		if *to != "" && !functionForm.MatchString(*to) {
			problems = append(problems, fmt.Errorf("%s.%s: want the ARN of a Lambda function", replaceProperty, name))
		}
	}
	return p, errors.Join(problems...)
}

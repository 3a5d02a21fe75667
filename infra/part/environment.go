package part

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const (
	// environmentLimit is how many bytes all variables of a function may have.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	environmentLimit = 4096

	// nameLength allows for a name that only the deployment makes: the address of a queue
	// with a stack's longest name.
	nameLength = 190
)

// token stands in a text for a name that only the deployment makes.
var token = regexp.MustCompile(`\$\{Token\[[^]]*\]\}`)

// limitEnvironment fails the synthesis if Lambda would refuse a function for what its
// variables hold.
func limitEnvironment(scope constructs.Construct, id string, env map[string]*string) {
	if size := environmentSize(env); size > environmentLimit {
		awscdk.Annotations_Of(scope).AddError(jsii.String(fmt.Sprintf(
			"%s is told %d bytes, and Lambda takes %d: use fewer targets, or shorter lists in their scope.groups, attributes, mapping and scopes", id, size, environmentLimit)))
	}
}

// environmentSize returns how large an environment may become.
func environmentSize(env map[string]*string) int {
	size := 0
	for name, value := range env {
		size += len(name) + len(token.ReplaceAllLiteralString(*value, "")) + nameLength*len(token.FindAllStringIndex(*value, -1))
	}
	return size
}

// JSON returns a value as JSON for an environment variable. Names that only the deployment
// makes may be in it: they need no quoting.
func JSON(value any) *string {
	text, _ := json.Marshal(value) // settings of ours
	return jsii.String(string(text))
}

// Number returns a number as the value of an environment variable.
func Number(n int) *string { return jsii.String(strconv.Itoa(n)) }

// Bool returns a switch as the value of an environment variable.
func Bool(b bool) *string { return jsii.String(strconv.FormatBool(b)) }

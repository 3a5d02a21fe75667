// Package logicalid names the resources of our own CDK app in its template. The stack of
// somebody else's app has the CDK name them, as it does all others there.
package logicalid

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// ownDepth is how many names the path of a resource begins with that follow the
// arrangement of our code: the stack, poolsync, and the part.
const ownDepth = 3

// unfit are the characters that no logical id has.
var unfit = regexp.MustCompile(`[^A-Za-z0-9]`)

// Fix names each resource, and each output, after what it is called below its
// part, in place of the CDK's name with a digest of the whole path. CloudFormation
// replaces what changes its name: a queue with the messages in it, or the function that a
// pool calls. So no name may follow the arrangement of our code.
func Fix(stack awscdk.Stack) {
	for _, construct := range *stack.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		element, ok := construct.(awscdk.CfnElement)
		if !ok {
			continue
		}
		path := strings.Split(*element.Node().Path(), "/")
		if len(path) > ownDepth {
			id := logicalID(path[ownDepth:])
			element.OverrideLogicalId(&id)
		}
	}
}

// logicalID returns the logical id of a path: its names in a row, without those that the
// CDK gives to what every construct has. A digest tells names apart that differ only in
// what a logical id cannot hold.
func logicalID(path []string) string {
	var id string
	for _, name := range path {
		if name != "Resource" && name != "Default" {
			id += name
		}
	}
	fit := unfit.ReplaceAllString(id, "")
	if fit == id {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return fit + strings.ToUpper(hex.EncodeToString(sum[:4]))
}

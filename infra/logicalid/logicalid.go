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

// ownDepth is how many names at the beginning of a resource's path follow from how our
// code is arranged: the stack, poolsync, and the part.
const ownDepth = 3

// unfit are the characters that a logical id cannot have.
var unfit = regexp.MustCompile(`[^A-Za-z0-9]`)

// Fix names each resource and each output after its path below its part. The
// CDK's own names have a digest of the whole path. CloudFormation replaces a resource
// whose name changes, even a queue full of messages or the function that a pool calls.
// So no name may depend on how our code is arranged.
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

// logicalID returns the logical id of a path: its names in a row, without the standard
// names that the CDK adds. Names that differ only in characters that a logical id cannot
// have get a digest.
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

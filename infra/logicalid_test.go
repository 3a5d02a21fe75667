package main

import (
	"regexp"
	"testing"
)

// TestLogicalIDsAreFixed shows that no resource's name depends on how our code is
// arranged: a name that the CDK derives from that ends with eight hexadecimal digits. The
// check's own digest is of everything declared, and may look like that by chance.
func TestLogicalIDsAreFixed(t *testing.T) {
	derived := regexp.MustCompile(`[0-9A-F]{8}$`)
	named := map[string]bool{"ClientsnightlyexportFF53BB53": true} // from the owner's name for it
	for name, configuration := range configurations {
		for id := range configuration().Resources {
			if derived.MatchString(id) && !checkRunName.MatchString(id) && !named[id] {
				t.Errorf("%s: %s", name, id)
			}
		}
	}
}

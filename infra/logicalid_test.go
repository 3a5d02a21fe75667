package main

import (
	"regexp"
	"testing"
)

func TestLogicalID(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []string
		want string
	}{
		{"a resource", []string{"CloudTrailRule"}, "CloudTrailRule"},
		{"the resource of a CDK construct", []string{"EventsQueue", "Resource"}, "EventsQueue"},
		{"a custom resource", []string{"UserPoolAttachmentEXAMPLE01", "Default"}, "UserPoolAttachmentEXAMPLE01"},
		{"one made by another", []string{"EventsQueue", "Policy", "Resource"}, "EventsQueuePolicy"},
		{"a name that the owner chose", []string{"Clients", "web"}, "Clientsweb"},
		{"with what a logical id cannot hold", []string{"Clients", "nightly export"}, "Clientsnightlyexport77F52900"},
		{"and another like it", []string{"Clients", "nightly-export"}, "ClientsnightlyexportFF53BB53"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := logicalID(tt.in); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestLogicalIDsAreFixed shows that no resource's name depends on how our code is
// arranged: a name that the CDK derives from that ends with eight hexadecimal digits.
func TestLogicalIDsAreFixed(t *testing.T) {
	derived := regexp.MustCompile(`[0-9A-F]{8}$`)
	named := map[string]bool{"ClientsnightlyexportFF53BB53": true} // from the owner's name for it
	for name, configuration := range configurations {
		for id := range configuration().Resources {
			if derived.MatchString(id) && !named[id] {
				t.Errorf("%s: %s", name, id)
			}
		}
	}
}

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
		{"the resource of a construct of the CDK's", []string{"EventsQueue", "Resource"}, "EventsQueue"},
		{"a custom resource", []string{"UserPoolAttachmentEXAMPLE01", "Default"}, "UserPoolAttachmentEXAMPLE01"},
		{"one that another has made", []string{"EventsQueue", "Policy", "Resource"}, "EventsQueuePolicy"},
		{"a name of the owner's", []string{"Clients", "web"}, "Clientsweb"},
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

// TestLogicalIDsAreFixed shows that the name of no resource follows the arrangement of our
// code: what the CDK derives from that ends with eight hexadecimal digits. The check's own
// digest is of all that is declared, in small letters, and can end with eight digits by chance.
func TestLogicalIDsAreFixed(t *testing.T) {
	derived := regexp.MustCompile(`[0-9A-F]{8}$`)
	check := regexp.MustCompile(`^Connectivity[0-9a-f]{12}$`)
	named := map[string]bool{"ClientsnightlyexportFF53BB53": true} // after what the owner calls it
	for name, configuration := range configurations {
		for id := range configuration().Resources {
			if derived.MatchString(id) && !check.MatchString(id) && !named[id] {
				t.Errorf("%s: %s", name, id)
			}
		}
	}
}

package logicalid

import "testing"

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

package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/userhub"
)

func TestSettings(t *testing.T) {
	required := map[string]string{
		"USER_POOL_ID": "us-east-1_EXAMPLE01", "QUEUE_URL": "https://sqs.example.com/changes",
		"USERHUB_CONNECTION_ID": "conn_test", "WEBHOOK_SIGNING_SECRET_ARN": signingARN,
	}
	tests := []struct {
		name    string
		set     map[string]string
		want    settings
		wantErr []string // each in the error
	}{
		{name: "defaults", want: settings{ExternalID: userhub.ByUsername, Deletion: deletionOff}},
		{name: "blank is absent", set: map[string]string{"WEBHOOK_HEADER_SECRET_ARN": "", "DELETE_POLICY": "", "ALLOW_CREATE": "", "EVENT_BUS_NAME": ""},
			want: settings{ExternalID: userhub.ByUsername, Deletion: deletionOff}},
		{name: "everything", set: map[string]string{
			"STACK_NAME": "s", "TABLE_NAME": "t", "USERHUB_EXTERNAL_ID": "sub", "WEBHOOK_HEADER_SECRET_ARN": headerARN,
			"ALLOW_CREATE": "true", "ALLOW_UPDATE": "true", "DELETE_POLICY": "disable", "INVITE": "true", "EVENT_BUS_NAME": "owners",
		}, want: settings{
			Stack: "s", Table: "t", ExternalID: userhub.BySub, HeaderSecret: headerARN,
			AllowCreate: true, AllowUpdate: true, Deletion: "disable", Invite: true, EventBus: "owners",
		}},
		{name: "deletion without the second secret", set: map[string]string{"DELETE_POLICY": "delete"}, wantErr: []string{"WEBHOOK_HEADER_SECRET_ARN: required with DELETE_POLICY"}},
		{name: "disabling without the second secret", set: map[string]string{"DELETE_POLICY": "disable"}, wantErr: []string{"WEBHOOK_HEADER_SECRET_ARN: required with DELETE_POLICY"}},
		{name: "everything wrong", set: map[string]string{
			"USER_POOL_ID": "", "QUEUE_URL": "changes", "USERHUB_EXTERNAL_ID": "email", "WEBHOOK_SIGNING_SECRET_ARN": "s3cret-itself",
			"ALLOW_CREATE": "perhaps", "DELETE_POLICY": "purge",
		}, wantErr: []string{"USER_POOL_ID", "QueueURL", "ExternalID", "SigningSecret", "AllowCreate", "want off, disable or delete"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := maps.Clone(required)
			maps.Copy(all, tt.set)
			for name, value := range all {
				t.Setenv(name, value)
			}
			got, err := loadSettings()
			if tt.wantErr == nil {
				want := tt.want
				want.PoolID, want.QueueURL, want.ConnectionID, want.SigningSecret = "us-east-1_EXAMPLE01", "https://sqs.example.com/changes", "conn_test", signingARN
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("error %v, settings (-want +got)\n%s", err, diff)
				}
				return
			}
			for _, want := range tt.wantErr {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got error %v, want %q in it", err, want)
				}
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error repeats a secret: %v", err)
			}
		})
	}
}

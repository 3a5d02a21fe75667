package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsWithChanges(t *testing.T) {
	const before = `{"pool":{"new":{"plan":"lite"}},"targets":{"a":{"type":"bus"},"customers":{"connectionId":"conn_a","type":"userhub"}}}`
	for _, tt := range []struct {
		name    string
		changes map[string]any
		want    string
	}{
		{"none", nil, before},
		{"a value of the target of a type", map[string]any{connectionID: "conn_b"}, `{"pool":{"new":{"plan":"lite"}},"targets":{"a":{"type":"bus"},"customers":{"connectionId":"conn_b","type":"userhub"}}}`},
		{"one more", map[string]any{ratePerSecond: 3}, `{"pool":{"new":{"plan":"lite"}},"targets":{"a":{"type":"bus"},"customers":{"connectionId":"conn_a","rate":{"perSecond":3},"type":"userhub"}}}`},
		{"in place of another", map[string]any{newPool: nil, poolID: "us-east-1_B"}, `{"pool":{"id":"us-east-1_B"},"targets":{"a":{"type":"bus"},"customers":{"connectionId":"conn_a","type":"userhub"}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var given settings
			if err := json.Unmarshal([]byte(before), &given); err != nil {
				t.Fatal(err)
			}
			changed, err := given.with(tt.changes)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if unchanged, _ := json.Marshal(given); string(unchanged) != before {
				t.Errorf("the settings themselves became %s", unchanged)
			}
		})
	}
}

package ledger

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

// TestScheduleForm pins what is written: instances of two versions share a schedule.
func TestScheduleForm(t *testing.T) {
	r, table := open()
	if err := table.HoldUntil(t.Context(), "calls", noon); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"pk": "us-east-1_EXAMPLE01#scim:1#run", "sk": "schedule:calls"}, plain(r.update.Key)); diff != "" {
		t.Errorf("key: -want +got\n%s", diff)
	}
	if diff := cmp.Diff("SET nextAt = :until", *r.update.UpdateExpression); diff != "" {
		t.Errorf("expression: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{":until": "number 1777629600123456789"}, plain(r.update.ExpressionAttributeValues)); diff != "" {
		t.Errorf("values: -want +got\n%s", diff)
	}
}

// TestReserveFails shows that a reservation gives up in the end, and says why.
func TestReserveFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"the table is broken", errBroken, errBroken},
		{"others keep coming before", &types.ConditionalCheckFailedException{}, errContended},
	} {
		r, table := open()
		r.err = tt.err
		if _, granted, err := table.Reserve(t.Context(), "calls", time.Second, noon, noon.Add(time.Minute)); granted || !errors.Is(err, tt.want) {
			t.Errorf("%s: Reserve = %t, %v; want %v", tt.name, granted, err, tt.want)
		}
	}
}

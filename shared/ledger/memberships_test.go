package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestMembershipsItem shows where memberships are kept, and for how long: away from all
// entries, and until the run is long over.
func TestMembershipsItem(t *testing.T) {
	r := &requests{}
	m := NewMemberships(r, "ledger", "us-east-1_EXAMPLE01", WithClock(func() time.Time { return noon }))
	members := []reconcile.Membership{{Sub: sub, Group: "staff"}, {Sub: "84e9", Group: "staff"}, {Sub: sub, Group: "beta"}}
	if err := m.Add(t.Context(), "run-1", "84e", members); err != nil {
		t.Fatal(err)
	}
	got := plain(r.put.Item)
	key, random, _ := strings.Cut(got["sk"], "#")
	got["sk"] = key
	want := map[string]string{
		"pk": "us-east-1_EXAMPLE01#groups#run-1#8", "sk": "84e",
		"packed":  `{"beta":["` + sub + `"],"staff":["` + sub + `","84e9"]}`,
		"expires": "number 1777802400", // 2026-05-03T10:00:00Z
	}
	if diff := cmp.Diff(want, got); diff != "" || random == "" {
		t.Errorf("item, with the random word %q: -want +got\n%s", random, diff)
	}
}

// TestUnreadableMemberships shows that what cannot be read is an error: whoever is in it
// would count as gone.
func TestUnreadableMemberships(t *testing.T) {
	for name, pages := range map[string][]*dynamodb.QueryOutput{
		"a page that fails": {nil},
		"an item that is not understood": {{Items: []item{
			{PartitionKey: text("us-east-1_EXAMPLE01#groups#run-1#8"), SortKey: text("84e#X"), "packed": text("[]")},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewMemberships(&requests{pages: pages}, "ledger", "us-east-1_EXAMPLE01")
			err := m.Members(t.Context(), "run-1", "84e", func(reconcile.Membership) error { return nil })
			if err == nil || !strings.HasPrefix(err.Error(), "read memberships: ") {
				t.Errorf("error = %v, want one", err)
			}
		})
	}
	enough := errors.New("enough")
	page := &dynamodb.QueryOutput{Items: []item{{"packed": text(`{"staff":["84e1","84e2"]}`)}}}
	m := NewMemberships(&requests{pages: []*dynamodb.QueryOutput{page}}, "ledger", "us-east-1_EXAMPLE01")
	if err := m.Members(t.Context(), "run-1", "84e", func(reconcile.Membership) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("error = %v, want the caller's own", err)
	}
}

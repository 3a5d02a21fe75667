package awstest

import (
	"sync/atomic"

	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
)

// Table is the ledger's DynamoDB table as the functions see it. It computes its entries
// and stores nothing but the schedules by which deliver keeps each target's rate: any
// other write it only counts, and it never knows a user that is asked for. So every
// change is delivered and confirmed.
type Table struct {
	Base ledgertest.Base // nil for an empty table

	Gets, Updates, Pages atomic.Int64 // calls so far

	schedules schedules
}

// Service returns what the functions call.
func (t *Table) Service() Service {
	written := func([]byte) (any, error) {
		t.Updates.Add(1)
		return struct{}{}, nil
	}
	return Service{
		"DynamoDB_20120810.GetItem": func([]byte) (any, error) {
			t.Gets.Add(1)
			return struct{}{}, nil
		},
		"DynamoDB_20120810.UpdateItem": t.updateItem,
		"DynamoDB_20120810.PutItem":    written,
		"DynamoDB_20120810.Query":      handle(t.query),
	}
}

// text is a string in DynamoDB's form.
type text struct{ S string }

type item map[string]text

// query is the input of a run's Query for the entries of a prefix.
type query struct {
	ExpressionAttributeValues map[string]text
	ExclusiveStartKey         item
}

func (t *Table) query(in query) (any, error) {
	t.Pages.Add(1)
	out := struct {
		Items            []item
		Count            int
		LastEvaluatedKey item `json:",omitempty"`
	}{Items: []item{}}
	if t.Base == nil {
		return out, nil
	}
	partition, after := in.ExpressionAttributeValues[":pk"], in.ExclusiveStartKey[ledger.SortKey].S
	for e := range t.Base(in.ExpressionAttributeValues[":prefix"].S) {
		if e.Sub <= after {
			continue
		}
		if len(out.Items) == ledgertest.PageSize {
			last := out.Items[ledgertest.PageSize-1]
			out.LastEvaluatedKey = item{ledger.PartitionKey: partition, ledger.SortKey: last[ledger.SortKey]}
			break
		}
		out.Items = append(out.Items, itemOf(partition, e))
	}
	out.Count = len(out.Items)
	return out, nil
}

// itemOf returns an entry in the form of package ledger.
func itemOf(partition text, e plan.Entry) item {
	const timeForm = "2006-01-02T15:04:05.000Z"
	return item{
		ledger.PartitionKey: partition, ledger.SortKey: {e.Sub}, "username": {e.Username}, "fingerprint": {e.Fingerprint.String()},
		"observedAt": {e.ObservedAt.UTC().Format(timeForm)}, "deliveredAt": {e.DeliveredAt.UTC().Format(timeForm)},
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// functionMemory returns the peak memory of fullsync, in bytes, while it walks the
// largest partition of a pool whose users are all in the ledgers of so many targets. The
// function runs as deployed, in its own process; the pool and the ledgers are outside,
// behind a connection.
func functionMemory(ctx context.Context, l *lab, users, digits, targetCount int) (int64, error) {
	pool := cognitotest.New(cognitotest.Users(users))
	target := userhub.NewClient(nil, userhubtest.DefaultConnection)
	table := &awstest.Table{Base: ledgertest.Confirmed(pool.Generated, target.Fingerprint, time.Now())}
	queue := awstest.NewQueue(0)
	aws, err := awstest.Start(0, awstest.Pool(pool), table.Service(), queue.Service())
	if err != nil {
		return 0, err
	}
	defer aws.Close()
	const name = "fullsync"
	extra := map[string]string{"TARGETS": severalTold(environment(aws.URL, "fullsync")["BULK_QUEUE_URL"], targetCount)}
	if err := l.deploy(name, "fullsync", aws.URL, extra); err != nil {
		return 0, err
	}
	defer l.host.Kill(name)

	// In newer pools, the second and fourth digits of a sub are always 4 and 8.
	largest := map[int]int{0: 0, 1: 0x8, 3: 0x848}[digits]
	var parts []reconcile.Part
	for i := range targetCount {
		parts = append(parts, reconcile.Part{Name: targetName(i)})
	}
	payload, err := json.Marshal(map[string]any{
		"step": "walk",
		"run": reconcile.Run{
			Request: reconcile.Request{ID: "bench"}, V: reconcile.Version, StartedAt: time.Now(),
			Parts: parts, Lanes: 1,
		},
		"lane": reconcile.Lane{
			Digits: digits, First: largest, Size: 1, Next: largest, End: largest + 1, Rate: 1e6, Shares: make([]reconcile.Share, targetCount),
		},
	})
	if err != nil {
		return 0, err
	}
	result, err := l.call(ctx, name, payload)
	if err != nil {
		return 0, err
	}
	var answer struct{ Lane reconcile.Lane }
	if err := json.Unmarshal(result.Payload, &answer); err != nil {
		return 0, err
	}
	for _, share := range answer.Lane.Shares {
		if c := share.Counts; !answer.Lane.Done || c.Walked == 0 || c.Walked != c.Known || queue.Sent() > 0 {
			return 0, fmt.Errorf("walk of the largest partition: %+v, %d changes queued", c, queue.Sent())
		}
	}
	instances := l.host.Instances(name)
	if len(instances) != 1 {
		return 0, fmt.Errorf("%d instances of fullsync, want 1", len(instances))
	}
	return max(instances[0].Peak, instances[0].Resident), nil
}

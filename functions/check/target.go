package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/targets"
)

// target is what the function is told of one target.
type target struct {
	targets.Settings
	LiveURL string `json:"liveQueueUrl"`
	BulkURL string `json:"bulkQueueUrl"`
}

// Check says what is missing or wrong, by the fields' names.
func (t target) Check() error {
	return errors.Join(t.Settings.Check(), targets.Words(
		targets.Word{Field: "liveQueueUrl", Text: t.LiveURL, Form: new(config.URL)},
		targets.Word{Field: "bulkQueueUrl", Text: t.BulkURL, Form: new(config.URL)},
	))
}

// digest stands for what the target is like, for later comparison.
func (t target) digest() string {
	text, _ := json.Marshal(t) // texts, true and false
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// served is what one target depends on.
type served struct {
	name string
	// digest stands for what the target is like.
	digest     string
	live, bulk interface {
		Send(context.Context, directory.Change) error
	}
	ledger interface {
		Probe(context.Context) error
		Passed(context.Context) (string, error)
		RecordPassed(ctx context.Context, digest string) error
	}
	system system
}

// system is what is particular to a kind of target.
type system interface{ checks() []check }

// unable is a system that the settings do not describe well enough to reach it.
type unable struct{ error }

// checks returns a check that fails.
func (u unable) checks() []check {
	return []check{{name: "settings of the target", test: func(context.Context) finding {
		return verdict(u.error, "Deploy again: the template sets the function's environment variables.")
	}}}
}

// checks returns the checks of one target.
func (s served) checks() []check {
	return append([]check{
		{name: "queues writable", test: s.queuesWritable},
		{name: "ledger usable", test: s.ledgerUsable},
	}, s.system.checks()...)
}

// queuesWritable queues a change, since nothing else shows that it can. The change is
// about nobody: deliver finds nobody in the pool and in the ledger, and drops it
// without telling the target. With an origin other than sync it might wait for the
// user to appear.
func (s served) queuesWritable(ctx context.Context) finding {
	change := directory.Change{
		ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync,
		Sub: directory.Nobody, ObservedAt: time.Now(),
	}
	err := s.live.Send(ctx, change)
	if err == nil {
		err = s.bulk.Send(ctx, change)
	}
	return verdict(err, "Make sure that the target's two queues exist, and that no policy denies sqs:SendMessage on them.")
}

// ledgerUsable writes, reads and removes a test item.
func (s served) ledgerUsable(ctx context.Context) finding {
	return verdict(s.ledger.Probe(ctx), "Make sure that the stack's table exists, and that no policy denies "+
		"dynamodb:PutItem, GetItem and DeleteItem on it.")
}

// passed reports whether the target has passed with the settings that it has now. If the
// ledger does not say, it has not.
func (s served) passed(ctx context.Context) bool {
	digest, err := s.ledger.Passed(ctx)
	return err == nil && digest == s.digest
}

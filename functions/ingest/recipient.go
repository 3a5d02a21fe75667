package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/targets"
)

// destination is what the function is told of one target.
type destination struct {
	// Name is the target's name in the ledger.
	Name string `json:"name"`
	// QueueURL is that of its live queue.
	QueueURL string `json:"queueUrl"`
}

// Title names the target.
func (d destination) Title() string { return d.Name }

// Check says what is missing or wrong, by the fields' names.
func (d destination) Check() error {
	return targets.Words(targets.Word{Field: "name", Text: d.Name}, targets.Word{Field: "queueUrl", Text: d.QueueURL, Form: new(config.URL)})
}

// recipient is a target that gets what is found.
type recipient struct {
	name   string // in the ledger
	ledger entries
	queue  sender
}

// wants reports whether a change is for the recipient: a second look is for the one
// target that wanted it.
func (r recipient) wants(c directory.Change) bool { return c.Again == "" || c.Again == r.name }

// recipients are all targets.
type recipients []recipient

// want reports whether a change is for anybody.
func (all recipients) want(c directory.Change) bool {
	return slices.ContainsFunc(all, func(r recipient) bool { return r.wants(c) })
}

// known returns what the ledger holds of a user for the first target that knows them, or
// the zero Entry if none does. With the latter, the error is that of the targets whose
// ledger did not answer.
func (all recipients) known(ctx context.Context, sub string) (plan.Entry, error) {
	var errs []error
	for _, r := range all {
		entry, err := r.ledger.Entry(ctx, sub)
		if err == nil && entry.Traced() {
			return entry, nil
		}
		errs = append(errs, err)
	}
	return plan.Entry{}, errors.Join(errs...)
}

// markLeaving notes with each target that holds a user that they are on the way out.
func (all recipients) markLeaving(ctx context.Context, c directory.Change) error {
	return all.each(func(r recipient) error {
		if !r.wants(c) {
			return nil
		}
		return r.ledger.MarkLeaving(ctx, c.Sub, c.ObservedAt)
	})
}

// send queues for each target what is for it. The error is that of all that failed; what
// was for others is queued.
func (all recipients) send(ctx context.Context, changes []directory.Change) error {
	return all.each(func(r recipient) error {
		its := slices.DeleteFunc(slices.Clone(changes), func(c directory.Change) bool { return !r.wants(c) })
		if len(its) == 0 {
			return nil
		}
		return r.queue.SendAll(ctx, its)
	})
}

// each does something for all targets, side by side: one that is slow or fails takes
// nothing from the others.
func (all recipients) each(do func(recipient) error) error {
	errs := make([]error, len(all))
	var group errgroup.Group
	for i, r := range all {
		group.Go(func() error {
			errs[i] = do(r)
			return nil
		})
	}
	group.Wait() // the functions return no error
	return errors.Join(errs...)
}

// entries is what is asked of a target's ledger.
type entries interface {
	// Entry returns what the ledger holds of a user.
	Entry(ctx context.Context, sub string) (plan.Entry, error)
	// MarkLeaving notes that a user whom the target holds is on the way out.
	MarkLeaving(ctx context.Context, sub string, at time.Time) error
}

// sender puts changes on a target's queue.
type sender interface {
	SendAll(context.Context, []directory.Change) error
}

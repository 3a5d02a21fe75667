package main

import (
	"errors"
	"strings"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/targets"
)

// target is what the function is told of one target.
type target struct {
	targets.Settings
	// QueueURL is where its changes go.
	QueueURL string `json:"queueUrl"`
	// Policy says whether runs remove.
	Policy string `json:"policy"`
	Limits limits `json:"limits"`
	// Groups are those whose members it gets; left out for everybody.
	Groups []string `json:"groups"`
	// Statuses are those of users who may be new to it; left out for all.
	Statuses []string `json:"statuses"`
	// MaxBacklog is how many changes may wait when it takes part in a run.
	MaxBacklog *int `json:"maxBacklog"`
	// SixHours is how many changes it takes in six hours, which is all that a run queues.
	SixHours int `json:"sixHours"`
}

// limits are pointers, so that one which is missing shows.
type limits struct {
	Percent *int `json:"percent"`
	Count   *int `json:"count"`
	Floor   *int `json:"floor"`
}

// Check says what is missing or wrong, by the fields' names.
func (t target) Check() error {
	if err := t.Settings.Check(); err != nil {
		return err
	}
	if err := targets.Words(
		targets.Word{Field: "queueUrl", Text: t.QueueURL, Form: new(config.URL)},
		targets.Word{Field: "policy", Text: t.Policy, Form: new(plan.Policy)},
	); err != nil {
		return err
	}
	var lacks []string
	for _, number := range []struct {
		field string
		value *int
	}{
		{"maxBacklog", t.MaxBacklog}, {"limits.percent", t.Limits.Percent}, {"limits.count", t.Limits.Count}, {"limits.floor", t.Limits.Floor},
	} {
		if number.value == nil {
			lacks = append(lacks, number.field)
		}
	}
	switch {
	case len(lacks) > 0:
		return errors.New("lacks " + strings.Join(lacks, ", "))
	case *t.MaxBacklog < 0:
		return errors.New("maxBacklog: is negative")
	case t.SixHours <= 0:
		return errors.New("sixHours: want more than none")
	}
	return nil
}

// limits returns when removals are held back.
func (t target) limits() plan.Limits {
	return plan.Limits{Percent: *t.Limits.Percent, Count: *t.Limits.Count, Floor: *t.Limits.Floor}
}

package main

import (
	"context"
	"encoding/json"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// memberCount users enter the pool without an event.
const memberCount = 100

// firstRun shows that a run finds everybody without an event.
func firstRun(ctx context.Context, s *stage) error {
	s.report.line("%d people are imported into the pool, without an event", memberCount)
	for i := range memberCount {
		username, err := s.unseen.create(ctx, i)
		if err != nil {
			return err
		}
		s.members = append(s.members, username)
	}
	before := len(s.UserHub.Events())
	summary, err := s.sync(ctx, "{}")
	if err != nil {
		return err
	}
	fill := s.report.bar("UserHub is told", summary.New)
	if err := s.Await(ctx, func() bool { return fill(len(s.UserHub.Events()) - before) }); err != nil {
		return err
	}
	s.report.check(summary.New >= memberCount && summary.Removed == 0,
		"of %d users, %d were new and none was removed", summary.Walked, summary.New)
	return s.checkAgreement(ctx)
}

// idleRun shows that a run that finds nothing costs next to nothing.
func idleRun(ctx context.Context, s *stage) error {
	requests := len(s.UserHub.Requests())
	lists, gets := s.Called("fullsync", "ListUsers"), s.Called("fullsync", "AdminGetUser")
	summary, err := s.sync(ctx, "{}")
	if err != nil {
		return err
	}
	s.report.check(summary.New+summary.Changed+summary.Missing == 0, "of %d users, none differs", summary.Walked)
	requests = len(s.UserHub.Requests()) - requests
	s.report.check(requests == 0, "%d requests to UserHub", requests)
	gets = s.Called("fullsync", "AdminGetUser") - gets
	s.report.check(gets == 0, "%d calls of AdminGetUser, which would make users billable", gets)
	s.report.count("calls of ListUsers", s.Called("fullsync", "ListUsers")-lists)
	return nil
}

// repair shows that a run finds what events missed.
func repair(ctx context.Context, s *stage) error {
	s.report.line("one user is renamed, one disabled, one deleted; each event is lost")
	if err := s.unseen.rename(ctx, s.members[0], "Renamed"); err != nil {
		return err
	}
	if err := s.unseen.disable(ctx, s.members[1]); err != nil {
		return err
	}
	if err := s.unseen.remove(ctx, s.members[2]); err != nil {
		return err
	}
	summary, err := s.sync(ctx, "{}")
	if err != nil {
		return err
	}
	s.report.check(summary.Changed == 2 && summary.Removed == 1,
		"of %d users, %d had changed and %d was gone", summary.Known, summary.Changed, summary.Removed)
	s.members = s.members[3:]
	return s.checkAgreement(ctx)
}

// sync waits until the queues are empty, and carries out a run that must succeed. The
// result that it returns is UserHub's.
func (s *stage) sync(ctx context.Context, input string) (reconcile.Summary, error) {
	var summary reconcile.Summary
	output, err := s.execute(ctx, input)
	if err != nil {
		return summary, err
	}
	s.report.line("$ start-execution --input '%s'   SUCCEEDED", input)
	err = json.Unmarshal([]byte(output), &summary)
	summary.Result = summary.ByTarget["userhub"] // the feed's is the same
	return summary, err
}

func (s *stage) execute(ctx context.Context, input string) (output string, err error) {
	if err := s.awaitEmptyQueue(ctx); err != nil {
		return "", err
	}
	return s.Execute(ctx, "FullsyncStateMachine", input)
}

// checkAgreement waits until the queues are empty, and compares the pool with UserHub, and
// with the copy that somebody keeps by the events on the bus. Whoever has done nothing yet
// is not in the copy before the first run.
func (s *stage) checkAgreement(ctx context.Context) error {
	if err := s.checkUserHub(ctx); err != nil {
		return err
	}
	copied, err := s.awaitCopy(ctx)
	s.report.check(copied == 0, "pool and a copy kept by the bus's events, about %d", copied)
	return err
}

// checkUserHub waits until the queues are empty, and compares the pool with UserHub.
func (s *stage) checkUserHub(ctx context.Context) error {
	if err := s.awaitEmptyQueue(ctx); err != nil {
		return err
	}
	differ, err := s.Disagreements(ctx)
	if err != nil {
		return err
	}
	s.report.check(len(differ) == 0, "pool and UserHub disagree about %d users", len(differ))
	return nil
}

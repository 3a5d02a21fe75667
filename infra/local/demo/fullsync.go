package main

import (
	"context"
	"encoding/json"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// memberCount users come into the pool with nobody telling.
const memberCount = 100

// firstRun shows that a run finds everybody of whom no event told.
func firstRun(ctx context.Context, s *stage) error {
	s.report.line("%d people are imported into the pool; no event tells of them", memberCount)
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
		"of %d users %d were new, and none was removed", summary.Walked, summary.New)
	return s.checkAgreement(ctx)
}

// idleRun shows that a run which finds nothing costs next to nothing.
func idleRun(ctx context.Context, s *stage) error {
	requests := len(s.UserHub.Requests())
	lists, gets := s.Called("fullsync", "ListUsers"), s.Called("fullsync", "AdminGetUser")
	summary, err := s.sync(ctx, "{}")
	if err != nil {
		return err
	}
	s.report.check(summary.New+summary.Changed+summary.Missing == 0, "of %d users none differs", summary.Walked)
	requests = len(s.UserHub.Requests()) - requests
	s.report.check(requests == 0, "%d requests to UserHub", requests)
	gets = s.Called("fullsync", "AdminGetUser") - gets
	s.report.check(gets == 0, "%d calls of AdminGetUser, which would make users billable", gets)
	s.report.count("calls of ListUsers", s.Called("fullsync", "ListUsers")-lists)
	return nil
}

// repair shows that a run finds what events have missed.
func repair(ctx context.Context, s *stage) error {
	s.report.line("a user is renamed, one disabled, one deleted; each event is lost")
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
		"of %d users %d had changed and %d was gone", summary.Known, summary.Changed, summary.Removed)
	s.members = s.members[3:]
	return s.checkAgreement(ctx)
}

// sync carries out a run that is to succeed, once nothing waits of what went
// before.
func (s *stage) sync(ctx context.Context, input string) (reconcile.Summary, error) {
	var summary reconcile.Summary
	output, err := s.execute(ctx, input)
	if err != nil {
		return summary, err
	}
	s.report.line("$ start-execution --input '%s'   SUCCEEDED", input)
	return summary, json.Unmarshal([]byte(output), &summary)
}

func (s *stage) execute(ctx context.Context, input string) (output string, err error) {
	if err := s.awaitEmptyQueue(ctx); err != nil {
		return "", err
	}
	return s.Execute(ctx, "FullsyncStateMachine", input)
}

// checkAgreement compares the pool with UserHub once nothing is under way.
func (s *stage) checkAgreement(ctx context.Context) error {
	if err := s.awaitEmptyQueue(ctx); err != nil {
		return err
	}
	differ, err := s.Disagreements(ctx)
	if err != nil {
		return err
	}
	s.report.check(len(differ) == 0, "user by user, pool and UserHub disagree about %d", len(differ))
	return nil
}

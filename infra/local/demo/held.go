package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/poolsync/poolsync/infra/local/sandbox"
)

// held shows that a run does not believe a mass removal, and applies everything else.
func held(ctx context.Context, s *stage) error {
	leavers := s.members[:len(s.members)/7]
	s.report.line("%d users vanish from the pool, and one is renamed", len(leavers))
	if err := s.unseen.remove(ctx, leavers...); err != nil {
		return err
	}
	s.members = s.members[len(leavers):]
	if err := s.unseen.rename(ctx, s.members[0], "Renamed too"); err != nil {
		return err
	}
	_, err := s.execute(ctx, "{}")
	if !errors.Is(err, sandbox.ErrExecution) {
		return fmt.Errorf("the run did not fail as it should: %w", err)
	}
	s.report.line("$ start-execution --input '{}'   FAILED")
	_, cause, held := strings.Cut(err.Error(), "RemovalsHeld: ")
	for of := range strings.SplitSeq(cause, "; ") { // one for each target
		name, numbers, _ := strings.Cut(of, ": removals held: ")
		s.report.check(held, "%s held: %s", name, numbers)
	}
	if err := s.awaitEmptyQueue(ctx); err != nil {
		return err
	}
	differ, err := s.Disagreements(ctx)
	if err != nil {
		return err
	}
	s.report.check(len(differ) == len(leavers), "UserHub was told of the new name, and still has the %d users", len(differ))
	return nil
}

// dry shows what a run would do.
func dry(ctx context.Context, s *stage) error {
	before := len(s.UserHub.Requests())
	summary, err := s.sync(ctx, `{"dryRun":true}`)
	if err != nil {
		return err
	}
	s.report.check(summary.Missing > 0 && summary.Held != "", "%d users are missing; a run would hold their removal back", summary.Missing)
	told := len(s.UserHub.Requests()) - before
	s.report.check(told == 0 && len(summary.Sample) > 0, "it told UserHub of %d, and its sample names %d of them", told, len(summary.Sample))
	return nil
}

// lifted shows how the owner confirms that they should really go.
func lifted(ctx context.Context, s *stage) error {
	summary, err := s.sync(ctx, `{"allowRemovals":true}`)
	if err != nil {
		return err
	}
	s.report.check(summary.Removed > 0 && summary.Removed == summary.Missing,
		"%d of %d were each confirmed as gone, and removed", summary.Removed, summary.Missing)
	return s.checkAgreement(ctx)
}

package main

import "context"

// settled compares the sign-ins of the whole demo with what UserHub was told.
func settled(ctx context.Context, s *stage) error {
	told := map[string]int{}
	for _, event := range s.UserHub.Events() {
		if event.Kind == "SIGNIN" {
			told[event.ExternalID]++
		}
	}
	signedIn := map[string]int{}
	for _, in := range s.signIns {
		signedIn[in.username]++
	}
	lost := 0
	for username, count := range signedIn {
		lost += max(0, count-told[username])
	}
	s.report.check(lost == 0, "of %d sign-ins, %d were lost", len(s.signIns), lost)

	if err := s.awaitEmptyQueue(ctx); err != nil {
		return err
	}
	dead, err := s.dead.Backlog(ctx)
	if err != nil {
		return err
	}
	s.report.check(dead == 0, "the queues are empty; UserHub's dead-letter queue holds %d changes", dead)
	return nil
}

// awaitEmptyQueue waits for the batches under way: a change leaves the queue a moment
// after UserHub is told.
func (s *stage) awaitEmptyQueue(ctx context.Context) error {
	var failure error
	if err := s.Await(ctx, func() bool {
		waiting, err := s.UnderWay(ctx)
		failure = err
		return err != nil || waiting == 0
	}); err != nil {
		return err
	}
	return failure
}

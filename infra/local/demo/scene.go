package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// scene is one part of the demo. Its play function shows figures and checks them; an
// error counts as a failed check.
type scene struct {
	title string
	play  func(context.Context, *stage) error
}

// scenes are played in this order. Each finds UserHub as the one before left it.
var scenes = []scene{
	{"UserHub is set up", setUp},
	{"UserHub is well", well},
	{"UserHub is slow: it answers after 400 ms", slow},
	{"UserHub hangs: it never answers", hanging},
	{"UserHub is down: it cuts every connection", down},
	{"UserHub is back", back},
	{"Deliver is killed with SIGKILL in the middle of a batch", killed},
	{"Somebody new to UserHub signs in", newcomer},
	{"An administrator edits a user in UserHub", edited},
	{"An administrator edits users in the pool, and UserHub follows", followed},
	{"A group gains a member", grouped},
	{"The first full sync", firstRun},
	{"The next full sync finds nothing", idleRun},
	{"A full sync repairs what events missed", repair},
	{"A mass removal is held back", held},
	{"A dry run says what would happen", dry},
	{"The owner lifts the guard for one run", lifted},
	{"What the event bus has told of", fed},
	{"The final count", settled},
}

// choose returns the scenes whose titles match a regular expression.
func choose(titles string) ([]scene, error) {
	pattern, err := regexp.Compile("(?i)" + titles)
	if err != nil {
		return nil, fmt.Errorf("choose scenes: %w", err)
	}
	var chosen []scene
	for _, scene := range scenes {
		if pattern.MatchString(scene.title) {
			chosen = append(chosen, scene)
		}
	}
	return chosen, nil
}

// sceneTimeout ends a scene that hangs. It says nothing about speed.
const sceneTimeout = time.Minute

var errSceneTimeout = errors.New("the scene did not end within a minute")

// play plays scenes until the context ends.
func play(ctx context.Context, s *stage, scenes []scene) error {
	for i, scene := range scenes {
		s.report.scene(i+1, scene.title)
		if err := playOne(ctx, s, scene); err != nil {
			if ctx.Err() != nil {
				return err
			}
			s.report.check(false, "%v", err)
		}
	}
	return nil
}

func playOne(ctx context.Context, s *stage, scene scene) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sceneTimeout, errSceneTimeout)
	defer cancel()
	return scene.play(ctx, s)
}

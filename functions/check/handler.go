package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/aws/aws-lambda-go/cfn"
)

// physicalID is the custom resource's. There is nothing behind it.
const physicalID = "connectivity"

// handler implements [lambda.Handler].
type handler struct {
	checks   []check
	targets  []served
	stack    string
	advisory bool // a failure fails no deployment
	log      *slog.Logger
	out      io.Writer // the table goes here, each line an event of the log
}

// Invoke runs the checks and returns the report as readable JSON. It answers a
// request of CloudFormation's to CloudFormation instead.
func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	var request cfn.Event
	if json.Unmarshal(event, &request) == nil && request.ResponseURL != "" {
		if _, err := cfn.LambdaWrap(h.serve)(ctx, request); err != nil {
			return nil, fmt.Errorf("answer CloudFormation: %w", err)
		}
		return []byte("null"), nil
	}
	return json.MarshalIndent(h.check(ctx, false), "", "  ")
}

// serve runs the checks for a deployment. There is nothing to delete.
//
// A target whose settings passed before fails no deployment: it is away, and what is
// deployed may have nothing to do with it.
func (h handler) serve(ctx context.Context, request cfn.Event) (string, map[string]any, error) {
	if request.RequestType == cfn.RequestDelete {
		return request.PhysicalResourceID, nil, nil
	}
	err := h.check(ctx, true).err()
	if h.advisory {
		err = nil
	}
	return physicalID, nil, err
}

// check runs the checks and logs what they found. For a deployment it excuses targets
// that have passed before.
func (h handler) check(ctx context.Context, deployment bool) report {
	r := newReport(h.stack, h.checks, run(ctx, h.checks))
	for _, t := range h.targets {
		switch {
		case !r.fails(t.name):
			if err := t.ledger.RecordPassed(ctx, t.digest); err != nil {
				h.log.WarnContext(ctx, "not recorded that the target has passed", "target", t.name, "error", err)
			}
		case deployment && t.passed(ctx):
			r.excuse(t.name)
		}
	}
	level := slog.LevelInfo
	if !r.OK {
		level = slog.LevelWarn
	}
	h.log.Log(ctx, level, "connectivity checked", "failed", r.count(failed), "warnings", r.count(warning), "ok", r.count(passed))
	fmt.Fprint(h.out, r.table())
	return r
}

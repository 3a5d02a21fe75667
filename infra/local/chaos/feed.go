package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/poolsync/poolsync/infra/local/project"
	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/schema"
)

// feed says whether the feed is as infra/docs/bus.md tells its consumers.
func (w *world) feed(ctx context.Context) ([]finding, error) {
	schemas, err := readSchemas()
	if err != nil {
		return nil, err
	}
	events := w.Feed.Events()
	shuffled := sandbox.CopyOf(w.shuffle(events))
	subs, err := w.CopyDisagreements(ctx, shuffled)
	if err != nil {
		return nil, err
	}
	if err := w.Feed.Err(); err != nil {
		return nil, err
	}
	return []finding{
		w.differing("in any order, some twice, a copy", w.usernames(subs), nil),
		formed(schemas, w.Feed.Messages()),
		distinct(events),
	}, nil
}

// shuffle returns events in any order and one in three twice, as EventBridge may deliver
// them.
func (w *world) shuffle(events []eventbus.Event) []eventbus.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []eventbus.Event
	for _, e := range events {
		all = append(all, e)
		if w.chance(3) {
			all = append(all, e)
		}
	}
	w.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// readSchemas reads the JSON Schemas that consumers get, by detail type.
func readSchemas() (map[eventbus.DetailType]*jsonschema.Schema, error) {
	root, err := project.Root()
	if err != nil {
		return nil, err
	}
	schemas := map[eventbus.DetailType]*jsonschema.Schema{}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for _, kind := range eventbus.DetailTypes() {
		if schemas[kind], err = compiler.Compile(filepath.Join(root, "shared", "eventbus", "schema", schema.FileName(kind))); err != nil {
			return nil, fmt.Errorf("read the JSON Schema of %s: %w", kind, err)
		}
	}
	return schemas, nil
}

// formed says whether events are as their JSON Schemas say.
func formed(schemas map[eventbus.DetailType]*jsonschema.Schema, messages []string) finding {
	f := finding{}
	for _, message := range messages {
		var e eventbus.Event
		if err := json.Unmarshal([]byte(message), &e); err != nil || schemas[e.DetailType] == nil {
			f.what = append(f.what, message)
			continue
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(message))
		if err == nil {
			err = schemas[e.DetailType].Validate(value)
		}
		if err != nil {
			f.what = append(f.what, fmt.Sprintf("%s: %v", message, err))
		}
	}
	f.ok = len(f.what) == 0
	f.text = fmt.Sprintf("%d of %d events on the feed are not as their JSON Schemas say", len(f.what), len(messages))
	return f
}

// distinct says whether an id stands for one event only, however often it comes.
func distinct(events []eventbus.Event) finding {
	type what struct {
		kind eventbus.DetailType
		sub  string
	}
	f, first, repeats := finding{}, map[string]what{}, 0
	for _, e := range events {
		is := what{e.DetailType, e.Detail.Sub}
		was, known := first[e.Detail.ID]
		if !known {
			first[e.Detail.ID] = is
			continue
		}
		repeats++
		if was != is {
			f.what = append(f.what, fmt.Sprintf("%s: %s of %s, then %s of %s", e.Detail.ID, was.kind, was.sub, is.kind, is.sub))
		}
	}
	f.ok = len(f.what) == 0
	f.text = fmt.Sprintf("%d of them came again, %d under an id of another event", repeats, len(f.what))
	return f
}

package main

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/decode"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

// target is what the function is told of one target.
type target struct {
	// Name is what the settings call it.
	Name string `json:"name"`
	// Type is what kind of system it is: userhub.
	Type string `json:"type"`
	// QueueURL is where its changes go.
	QueueURL string `json:"queueUrl"`
	// Policy says whether runs remove.
	Policy string `json:"policy"`
	Limits limits `json:"limits"`
	// Groups are those whose members it gets; left out for everybody.
	Groups []string `json:"groups"`
	// MaxBacklog is how many changes may wait when it takes part in a run.
	MaxBacklog int `json:"maxBacklog"`
	// SixHours is how many changes it takes in six hours, which is all that a run queues.
	SixHours int `json:"sixHours"`

	// Of a userhub: see package userhub.
	ConnectionID string `json:"connectionId"`
	ExternalID   string `json:"externalId"`
}

type limits struct {
	Percent int `json:"percent"`
	Count   int `json:"count"`
	Floor   int `json:"floor"`
}

// needed are the fields that every target has, and those that one of a type has.
var (
	needed       = []string{"name", "type", "queueUrl", "policy", "limits", "maxBacklog", "sixHours"}
	neededByType = map[string][]string{"userhub": {"connectionId", "externalId"}}
)

// targets is a list of targets, as JSON in an environment variable.
type targets []target

// UnmarshalText reads the list. It takes no field that it does not know, and does
// without none that it needs: a slip between the template and the function is to show
// at once. The error has all that is wrong, by the fields' names.
func (t *targets) UnmarshalText(text []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return fmt.Errorf("want a list in JSON: %s", decode.Problem(err))
	}
	if len(items) == 0 {
		return errors.New("want one target or more")
	}
	*t = make(targets, len(items))
	var problems []error
	for i, item := range items {
		if err := readTarget(item, &(*t)[i]); err != nil {
			problems = append(problems, fmt.Errorf("target %d: %w", i+1, err))
		}
		twice := func(other target) bool { return other.Name == (*t)[i].Name }
		if slices.ContainsFunc((*t)[:i], twice) {
			problems = append(problems, fmt.Errorf("target %d: name: %q is taken", i+1, (*t)[i].Name))
		}
	}
	return errors.Join(problems...)
}

// readTarget reads one target.
func readTarget(text []byte, t *target) error {
	if err := decode.Strict(text, t); err != nil {
		return err
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	want, known := neededByType[t.Type]
	var lacks []string
	for _, field := range slices.Concat(needed, want) {
		if v, there := given[field]; !there || string(v) == `""` {
			lacks = append(lacks, field)
		}
	}
	switch {
	case len(lacks) > 0:
		return fmt.Errorf("lacks %s", strings.Join(lacks, ", "))
	case !known:
		return fmt.Errorf("type: %q is not known, want userhub", t.Type)
	case t.MaxBacklog < 0:
		return errors.New("maxBacklog: is negative")
	case t.SixHours <= 0:
		return errors.New("sixHours: want more than none")
	}
	return t.checkWords()
}

// checkWords checks what is a word or an address of a certain form.
func (t *target) checkWords() error {
	for _, word := range []struct {
		field, text string
		form        encoding.TextUnmarshaler
	}{
		{"queueUrl", t.QueueURL, new(config.URL)},
		{"policy", t.Policy, new(plan.Policy)},
		{"externalId", t.ExternalID, new(userhub.ExternalID)},
	} {
		if err := word.form.UnmarshalText([]byte(word.text)); err != nil {
			return fmt.Errorf("%s: %w", word.field, err)
		}
	}
	return nil
}

// fingerprinter returns what tells what the target is sent, and its name in the ledger.
// A run never speaks to the target.
func (t target) fingerprinter() (reconcile.Fingerprinter, string) {
	client := userhub.NewClient(nil, t.ConnectionID, userhub.WithExternalID(userhub.ExternalID(t.ExternalID)))
	return client, client.Name()
}

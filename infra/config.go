package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// config is the CDK context, checked and typed. Each part of it stands beside
// its keys, in a file of its own.
type config struct {
	deliveryConfig
	placeConfig
	poolConfig
	syncConfig
	eventsConfig
	webhookConfig
	portalConfig
	accessConfig
	watchConfig
	checkConfig
	stackConfig
}

// contextKey is one key of the CDK context, with its row in docs/settings.md.
type contextKey struct {
	name     string
	required bool
	// fallback is the value of a key that is not given; empty if there is none.
	fallback string
	// meaning is what that document says of the key.
	meaning string
	// want says, in an error, what a good value is; example is one.
	want, example string
	// read checks a value and stores it. Its error completes "<name> ..." and
	// never repeats the value, which might be a secret in the wrong place.
	read func(c *config, value string) error
}

// contextKeys are all the keys that we know, in that document's order.
var contextKeys = slices.Concat(deliveryKeys, placeKeys, poolKeys, syncKeys, eventsKeys, webhookKeys, portalKeys, accessKeys, watchKeys, checkKeys, stackKeys)

// rule is what keys ask of one another.
type rule struct {
	// key is the one to set or to change, if the rule is broken.
	key string
	// broken returns what completes "<key> ...", or nil. A key that is not given,
	// or whose value is refused, is as if it were not there.
	broken func(c config) error
}

// rules are checked when all keys are read.
var rules = slices.Concat(poolRules, placeRules, webhookRules, accessRules)

// parseConfig reads the CDK context. Its error is a [configError] with every
// problem that there is, unknown keys included.
func parseConfig(context map[string]any) (config, error) {
	c := config{poolConfig: poolConfig{newPool: newpool.Default()}}
	var problems configError
	for _, key := range contextKeys {
		if err := key.load(&c, context[key.name]); err != nil {
			problems = append(problems, problem{key: key, err: err})
		}
	}
	problems = append(problems, brokenRules(c, problems)...)
	for _, name := range slices.Sorted(maps.Keys(context)) {
		if similar, unknown := unknownKey(name); unknown {
			err := fmt.Errorf("is not known; the nearest key is %s", similar)
			problems = append(problems, problem{key: contextKey{name: name}, err: err})
		}
	}
	if len(problems) > 0 {
		return config{}, problems
	}
	return c, nil
}

// brokenRules returns what c breaks, but for keys that have a problem already:
// the rule would only say the same once more.
func brokenRules(c config, known []problem) []problem {
	var problems []problem
	for _, key := range contextKeys {
		if slices.ContainsFunc(known, func(p problem) bool { return p.key.name == key.name }) {
			continue
		}
		for _, r := range rules {
			if r.key != key.name {
				continue
			}
			if err := r.broken(c); err != nil {
				problems = append(problems, problem{key: key, err: err})
			}
		}
	}
	return problems
}

// load stores a context value, or the fallback of a key that is not given, in c.
func (k contextKey) load(c *config, value any) error {
	text, err := contextText(value)
	switch {
	case err != nil:
		return err
	case text != "":
		return k.read(c, text)
	case value != nil:
		// Most likely a shell's variable that is not set: without userPoolId there would
		// be a new pool, and without syncGroups everybody would be sent.
		return errors.New("is empty: give it a value, or leave it out")
	case k.fallback != "":
		return k.read(c, k.fallback)
	case k.required:
		return errors.New("is missing")
	}
	return nil
}

// contextText returns a context value as text. The command line knows only text;
// cdk.json may hold numbers too.
func contextText(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	default:
		return "", errors.New("is neither text nor a number")
	}
}

package main

import (
	"encoding/json"
	"fmt"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/targets"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// hub describes the target that is UserHub, at an address.
func hub(baseURL string) targets.Settings { return hubNumber(0, baseURL) }

// hubNumber describes one of several targets that are UserHub. They differ by their names
// and connections alone.
func hubNumber(i int, baseURL string) targets.Settings {
	return targets.Settings{Name: targetName(i), UserHub: &targets.UserHub{
		ConnectionID: connectionName(i), ExternalID: string(userhub.ByUsername), BaseURL: baseURL,
		KeySecretARN: "arn:aws:secretsmanager:" + emulator.Region + ":" + emulator.AccountID + ":secret:key-a1b2c3",
	}}
}

// told returns what a function that serves all targets is told of it.
func told(function string, queue func(string) string) any {
	switch function {
	case "ingest":
		return toldOfEvents(0, queue("changes"))
	case "check":
		return struct {
			targets.Settings
			Live string `json:"liveQueueUrl"`
			Bulk string `json:"bulkQueueUrl"`
		}{hub("https://api.example.com"), queue("changes"), queue("bulk")}
	}
	return toldOfRuns(0, queue("bulk"))
}

// toldOfRuns returns what fullsync is told of a target.
func toldOfRuns(i int, queue string) any {
	return struct {
		targets.Settings
		Queue    string         `json:"queueUrl"`
		Policy   string         `json:"policy"`
		Limits   map[string]int `json:"limits"`
		Backlog  int            `json:"maxBacklog"`
		SixHours int            `json:"sixHours"`
	}{hubNumber(i, "").WithoutConnection(), queue, "full", map[string]int{"percent": 10, "count": 500, "floor": 5}, 1000, 432_000}
}

// encode returns a value as JSON.
func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(text)
}

// toldOfEvents returns what ingest is told of a target.
func toldOfEvents(i int, queue string) any {
	return map[string]string{"name": hubNumber(i, "").LedgerName(), "queueUrl": queue}
}

// severalTold returns what fullsync is told of so many targets.
func severalTold(queue string, n int) string {
	all := make([]any, n)
	for i := range all {
		all[i] = toldOfRuns(i, queue)
	}
	return encode(all)
}

func targetName(i int) string     { return "userhub" + numbered(i) }
func connectionName(i int) string { return userhubtest.DefaultConnection + numbered(i) }

// numbered tells targets apart; the first has no number.
func numbered(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i + 1)
}

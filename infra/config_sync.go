package main

import (
	"strconv"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// syncConfig is when a full sync runs, and what it may do.
type syncConfig struct {
	syncSchedule        string // empty: none
	syncTimeZone        string
	syncRate            int
	syncPolicy          string
	syncGroups          string // comma-separated; empty: everybody
	syncMaxBacklog      int
	removalPolicy       string
	removalLimitPercent int
	removalLimitCount   int
	removalLimitFloor   int
}

// syncKeys are the keys of syncConfig.
var syncKeys = []contextKey{
	{
		name:     "syncSchedule",
		fallback: "rate(1 hour)",
		meaning:  "When a full sync runs: `rate(...)`, `cron(...)` with six fields as EventBridge Scheduler has them, or `off`.",
		want:     "off, rate(n minutes|hours|days) of at least ten minutes, or cron(minutes hours day-of-month month day-of-week year) with one of the two days a ?",
		example:  "cron(30 3 * * ? *)",
		read:     func(c *config, v string) error { return schedule(&c.syncSchedule, v) },
	},
	{
		name:     "syncTimeZone",
		fallback: "UTC",
		meaning:  "Time zone of a `cron(...)` in `syncSchedule`.",
		want:     "the name of a time zone in the IANA database, such as UTC or Europe/Berlin",
		example:  "Europe/Berlin",
		read:     func(c *config, v string) error { return timeZone(&c.syncTimeZone, v) },
	},
	{
		name:     "syncRate",
		fallback: "10",
		meaning:  "How many `ListUsers` requests a second a full sync makes, of the 30 that the account has in the Region. Each lists 60 users.",
		want:     "a whole number from 1 to 30, which is all that Cognito allows the account",
		example:  "20",
		read:     func(c *config, v string) error { return wholeNumber(&c.syncRate, v, 1, 30) },
	},
	{
		name:     "syncPolicy",
		fallback: string(plan.Full),
		meaning:  "`full`: users who are proven gone are removed. `upsert-only`: a full sync removes nobody.",
		want:     "full or upsert-only",
		example:  "upsert-only",
		read: func(c *config, v string) error {
			return oneOf(&c.syncPolicy, v, string(plan.Full), string(plan.UpsertOnly))
		},
	},
	{
		name:    "syncGroups",
		meaning: "Names of groups, separated by commas: only their members are kept in step, and to leave them all counts as leaving.",
		want:    "names of groups of the pool, separated by commas, each once",
		example: "customers,partners",
		read:    func(c *config, v string) error { return groups(&c.syncGroups, v) },
	},
	{
		name:     "syncMaxBacklog",
		fallback: "1000",
		meaning:  "A full sync does not start while more changes than this wait on the queue.",
		want:     "a whole number from 0 to 1000000",
		example:  "5000",
		read:     func(c *config, v string) error { return wholeNumber(&c.syncMaxBacklog, v, 0, 1_000_000) },
	},
	{
		name:     "removalPolicy",
		fallback: string(reconcile.Report),
		meaning:  "What UserHub is told of a user who is gone. `report`: to look for the user, and so to find nobody. `none`: nothing.",
		want:     "report or none",
		example:  "none",
		read: func(c *config, v string) error {
			return oneOf(&c.removalPolicy, v, string(reconcile.Report), string(reconcile.Keep))
		},
	},
	{
		name:     "removalLimitPercent",
		fallback: strconv.Itoa(plan.DefaultPercent),
		meaning:  "A full sync holds its removals back if they are more than this share of the users that UserHub holds.",
		want:     "a whole number from 0 to 100",
		example:  "5",
		read:     func(c *config, v string) error { return wholeNumber(&c.removalLimitPercent, v, 0, 100) },
	},
	{
		name:     "removalLimitCount",
		fallback: strconv.Itoa(plan.DefaultCount),
		meaning:  "A full sync also holds them back if they are more users than this, whatever the share.",
		want:     "a whole number from 0 to 40000000, the most users that a pool holds",
		example:  "100",
		read:     func(c *config, v string) error { return wholeNumber(&c.removalLimitCount, v, 0, 40_000_000) },
	},
	{
		name:     "removalLimitFloor",
		fallback: strconv.Itoa(plan.DefaultFloor),
		meaning:  "Up to this many removals the share does not matter, so that a small pool can lose a user.",
		want:     "a whole number from 0 to 1000",
		example:  "0",
		read:     func(c *config, v string) error { return wholeNumber(&c.removalLimitFloor, v, 0, 1000) },
	},
}

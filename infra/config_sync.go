package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a time zone is known wherever the app runs

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

// The forms of a schedule.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
var (
	rateForm = regexp.MustCompile(`^rate\(([1-9]\d{0,4}) (minute|hour|day)s?\)$`)
	cronForm = regexp.MustCompile(`^cron\([\d,*/-]+ [\d,*/-]+ ([\d,*/?LW-]+) [\dA-Z,*/-]+ ([\dA-Z,*/?L#-]+) [\d,*/-]+\)$`)
)

// minInterval is the least time between two runs: one that finds nothing still
// lists the whole pool, out of a quota that sign-up pages need as well.
const minInterval = 10 * time.Minute

// schedule accepts what EventBridge Scheduler does, and "off", which it stores as
// no schedule at all.
func schedule(to *string, value string) error {
	if value == "off" {
		*to = ""
		return nil
	}
	if rate := rateForm.FindStringSubmatch(value); rate != nil {
		n, _ := strconv.Atoi(rate[1]) // at most five digits
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[rate[2]]
		if time.Duration(n)*unit < minInterval {
			return fmt.Errorf("is more often than every %.0f minutes", minInterval.Minutes())
		}
		*to = value
		return nil
	}
	days := cronForm.FindStringSubmatch(value)
	if days == nil {
		return errors.New("is no schedule")
	}
	if (days[1] == "?") == (days[2] == "?") {
		return errors.New("needs a ? for one of its two days, and for one only")
	}
	*to = value
	return nil
}

// timeZone accepts the name of a time zone.
func timeZone(to *string, value string) error {
	if _, err := time.LoadLocation(value); err != nil || value == "Local" {
		return errors.New("is not a time zone")
	}
	*to = value
	return nil
}

// groups accepts the names of groups. None can hold a blank, but one could hold a
// comma; nobody has missed that yet.
func groups(to *string, value string) error {
	// maxGroups keeps the names within the 4 KB of a function's environment.
	const maxGroups = 2048
	var names []string
	seen := make(map[string]bool)
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "" || strings.ContainsAny(name, " \t\n"):
			return errors.New("holds a name that no group has")
		case seen[name]:
			return errors.New("names a group twice")
		}
		seen[name] = true
		names = append(names, name)
	}
	joined := strings.Join(names, ",")
	if len(joined) > maxGroups {
		return fmt.Errorf("is longer than %d characters", maxGroups)
	}
	*to = joined
	return nil
}

package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a time zone is known wherever the app runs
)

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
	if every := rateInterval(value); every > 0 {
		if every < minInterval {
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

// rateInterval returns the time between two runs of a rate(...), or 0 for any other
// schedule.
func rateInterval(value string) time.Duration {
	rate := rateForm.FindStringSubmatch(value)
	if rate == nil {
		return 0
	}
	n, _ := strconv.Atoi(rate[1]) // at most five digits
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[rate[2]]
	return time.Duration(n) * unit
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

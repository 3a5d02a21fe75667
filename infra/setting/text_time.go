package setting

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a time zone is known wherever the app runs

	"github.com/poolsync/poolsync/infra/setting/form"
)

// The forms of a schedule.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
const (
	rateForm = `rate\(([1-9]\d{0,4}) (minute|hour|day)s?\)`
	cronForm = `cron\([\d,*/-]+ [\d,*/-]+ ([\d,*/?LW-]+) [\dA-Z,*/-]+ ([\dA-Z,*/?L#-]+) [\d,*/-]+\)`
)

var (
	rateText = regexp.MustCompile("^" + rateForm + "$")
	cronText = regexp.MustCompile("^" + cronForm + "$")
)

// minInterval is the least time between two runs: one that finds nothing still
// lists the whole pool, out of a quota that sign-up pages need as well.
const minInterval = 10 * time.Minute

// schedule is what EventBridge Scheduler takes, or "off", which is kept as no schedule
// at all.
var schedule = form.Text{
	Pattern:   "^(off|" + rateForm + "|" + cronForm + ")$",
	Complaint: "is not a schedule",
	Mistake: func(text string) string {
		if strings.ContainsAny(text, `"'`) {
			return "holds quotes of its own, probably those of a shell: write it without them"
		}
		return ""
	},
	Check: checkSchedule,
	Clean: func(text string) string { return strings.TrimPrefix(text, "off") },
}

// checkSchedule refuses what has the form of a schedule and is none of ours.
func checkSchedule(text string) error {
	if every := rateInterval(text); every > 0 && every < minInterval {
		return fmt.Errorf("is more often than every %.0f minutes", minInterval.Minutes())
	}
	days := cronText.FindStringSubmatch(text)
	if days != nil && (days[1] == "?") == (days[2] == "?") {
		return errors.New("needs a ? for one of its two days, and for one only")
	}
	return nil
}

// rateInterval returns the time between two runs of a rate(...), or 0 for any other
// schedule.
func rateInterval(text string) time.Duration {
	rate := rateText.FindStringSubmatch(text)
	if rate == nil {
		return 0
	}
	n, _ := strconv.Atoi(rate[1]) // at most five digits
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[rate[2]]
	return time.Duration(n) * unit
}

// timeZone is the name of a time zone in the IANA database.
var timeZone = form.Text{
	Complaint: "is not a time zone",
	Check: func(text string) error {
		if _, err := time.LoadLocation(text); err != nil || text == "Local" {
			return errors.New("is not a time zone")
		}
		return nil
	},
}

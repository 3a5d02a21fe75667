package main

import "time"

// watchConfig is who hears of trouble, and when.
type watchConfig struct {
	alarmTopicARN string // empty: a topic of the stack's own
	runAlarmHours int    // 0: by the schedule
}

// maxAlarmHours is the longest that CloudWatch looks back: seven days.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
const maxAlarmHours = 7 * 24

// cronAlarmHours is by when a schedule of the form cron(...) should have succeeded:
// it fits one that runs every day.
const cronAlarmHours = 48

// watchKeys are the keys of watchConfig. An address to send alarms to is none of
// them: it would stand in the template, and e-mail needs its owner's consent
// anyway. The stack prints the command that subscribes one.
var watchKeys = []contextKey{
	{
		name:    "alarmTopicArn",
		meaning: "SNS topic of your own that alarms go to. Without it, the stack has one, and prints how to subscribe.",
		want:    "the ARN of an SNS topic that CloudWatch alarms may publish to",
		example: "arn:aws:sns:us-east-1:111122223333:on-call",
		read:    func(c *config, v string) error { return topicARN(&c.alarmTopicARN, v) },
	},
	{
		name:    "runAlarmHours",
		meaning: "After how many hours without a successful full sync an alarm rings. Default: twice a `rate(...)`, and 48 for a `cron(...)`.",
		want:    "a whole number from 1 to 168, which is as far as an alarm looks back",
		example: "96",
		read:    func(c *config, v string) error { return wholeNumber(&c.runAlarmHours, v, 1, maxAlarmHours) },
	},
}

// hoursOfSilence is how long no run may succeed before an alarm rings.
func (c config) hoursOfSilence() int {
	if c.runAlarmHours > 0 {
		return c.runAlarmHours
	}
	every := rateInterval(c.syncSchedule)
	if every == 0 {
		return cronAlarmHours
	}
	if every > maxAlarmHours/2*time.Hour {
		return maxAlarmHours
	}
	return int((2*every + time.Hour - 1) / time.Hour)
}

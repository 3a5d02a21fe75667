package setting

import "time"

// Watch is who hears of trouble, when, and what the logs hold. An address to send
// alarms to is not among it: it would stand in the template, and e-mail needs its
// owner's consent anyway. The stack prints the command that subscribes one.
type Watch struct {
	AlarmTopicARN string `json:"alarmTopicArn" form:"topicArn" doc:"SNS topic of your own that alarms go to. Without it, the stack has one, and prints how to subscribe." want:"the ARN of an SNS topic that CloudWatch alarms may publish to" example:"arn:aws:sns:us-east-1:111122223333:on-call"`
	// RunAlarmHours is 0 where the schedule decides; see [Settings.HoursOfSilence].
	RunAlarmHours    int    `json:"runAlarmHours" range:"0 168" default:"0" doc:"After how many hours without a successful full sync an alarm rings. '0': twice the time of a 'rate(...)', and 48 for a 'cron(...)'." want:"a whole number from 1 to 168, which is as far as an alarm looks back, or 0 to go by the schedule" example:"96"`
	LogLevel         string `json:"logLevel" oneOf:"INFO DEBUG" default:"INFO" doc:"'INFO': one line for each invocation. 'DEBUG': one for each user as well." want:"INFO or DEBUG; anything quieter would drop the metrics too" example:"DEBUG"`
	LogRetentionDays int    `json:"logRetentionDays" oneOf:"1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653" default:"30" doc:"For how many days the functions' logs are kept: a number that [CloudWatch Logs offers](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)." want:"a number of days that CloudWatch Logs offers, such as 7, 30, 90 or 365" example:"90"`
}

// maxAlarmHours is the longest that CloudWatch looks back: seven days.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
const maxAlarmHours = 7 * 24

// cronAlarmHours is by when a schedule of the form cron(...) should have succeeded:
// it fits one that runs every day.
const cronAlarmHours = 48

// HoursOfSilence is for how many hours no run may succeed before an alarm rings.
func (s Settings) HoursOfSilence() int {
	if s.Watch.RunAlarmHours > 0 {
		return s.Watch.RunAlarmHours
	}
	every := rateInterval(s.Sync.Schedule)
	if every == 0 {
		return cronAlarmHours
	}
	if every > maxAlarmHours/2*time.Hour {
		return maxAlarmHours
	}
	return int((2*every + time.Hour - 1) / time.Hour)
}

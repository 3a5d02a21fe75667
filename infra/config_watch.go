package main

// watchConfig is who hears of trouble.
type watchConfig struct {
	alarmTopicARN string // empty: a topic of the stack's own
}

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
}

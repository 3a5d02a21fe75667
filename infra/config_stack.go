package main

// stackConfig is what holds for the stack as a whole.
type stackConfig struct {
	stackName        string
	logRetentionDays int
	logLevel         string
}

// stackKeys are the keys of stackConfig.
var stackKeys = []contextKey{
	{
		name:     "logRetentionDays",
		fallback: "30",
		meaning:  "How long the functions' logs are kept.",
		want:     "a number of days that CloudWatch Logs offers, such as 7, 30, 90 or 365",
		example:  "90",
		read:     func(c *config, v string) error { return logDays(&c.logRetentionDays, v) },
	},
	{
		name:     "logLevel",
		fallback: "INFO",
		meaning:  "`INFO`: one line for each invocation. `DEBUG`: one for each user as well.",
		want:     "INFO or DEBUG; anything quieter would drop the metrics too",
		example:  "DEBUG",
		read:     func(c *config, v string) error { return oneOf(&c.logLevel, v, "INFO", "DEBUG") },
	},
	{
		name:     "stackName",
		fallback: "poolsync",
		meaning:  "Name of the CloudFormation stack, and of its pool and metrics. Each pool has a stack of its own.",
		want:     "letters, digits and hyphens, beginning with a letter, at most 100",
		example:  "poolsync-staging",
		read:     func(c *config, v string) error { return stackName(&c.stackName, v) },
	},
}

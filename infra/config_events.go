package main

// eventsConfig is what else is listened to, besides sign-ins.
type eventsConfig struct {
	cloudTrailEvents string // on or off
}

// eventsKeys are the keys of eventsConfig.
var eventsKeys = []contextKey{
	{
		name:     "cloudTrailEvents",
		fallback: "on",
		meaning:  "`on`: what is done to users in the pool arrives within seconds, if the account has a trail. `off`: it waits for the next full sync.",
		want:     "on or off",
		example:  "off",
		read:     func(c *config, v string) error { return oneOf(&c.cloudTrailEvents, v, "on", "off") },
	},
}

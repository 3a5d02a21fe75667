package main

// checkConfig is what the connectivity check may do to a deployment.
type checkConfig struct {
	connectivityCheck string
}

// The values of connectivityCheck.
const (
	checkStrict   = "strict"
	checkAdvisory = "advisory"
	checkOff      = "off"
)

// checkKeys are the keys of checkConfig.
var checkKeys = []contextKey{
	{
		name:     "connectivityCheck",
		fallback: checkStrict,
		meaning: "What becomes of a deployment whose connectivity check fails at its end. `strict`: it fails and is rolled back. " +
			"`advisory`: it stands, and the check's log says what is wrong. `off`: nothing is checked.",
		want:    "strict, advisory or off",
		example: "advisory",
		read: func(c *config, v string) error {
			return oneOf(&c.connectivityCheck, v, checkStrict, checkAdvisory, checkOff)
		},
	},
}

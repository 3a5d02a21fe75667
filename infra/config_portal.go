package main

// portalConfig is sign-in to UserHub's Portal by the pool.
type portalConfig struct {
	portalDomain string // empty: no such sign-in
}

// portalKeys are the keys of portalConfig.
var portalKeys = []contextKey{
	{
		name:    "portalDomain",
		meaning: "Domain of your UserHub Portal: adds an app client by which users sign in to it. In a new pool, that client stays when this key goes.",
		want:    "the Portal's domain, without https:// and path",
		example: "example.userhub.app",
		read:    func(c *config, v string) error { return domainName(&c.portalDomain, v) },
	},
}

// Package setting reads the settings of an environment: one JSON file, in which each
// section is a type here, and what the command line says instead.
//
// The tags of the types are the whole of it, see package form: from them come what is
// read, what an error recommends, infra/docs/settings.md, and the schema by which an
// editor completes the file. What settings require of one another stands beside the
// section that it is about, as a method of checker.
package setting

// Settings are the settings of an environment, checked and with all defaults.
type Settings struct {
	Pool      Pool              `json:"pool" doc:"Which pool it is: an existing one, or what the new one is like. Left out: a new pool with every default."`
	Targets   map[string]Target `json:"targets" names:"targetName" required:"true" range:"1 5" def:"target" doc:"Systems that are kept in step with the pool, by names of yours: small letters, digits and hyphens, at most 20, beginning with a letter. Names of resources and alarms begin with it, so choose one that can stay." want:"one to five targets, by names of yours" example:"{\"userhub\": {\"type\": \"userhub\", \"connectionId\": \"conn_26yEiYymqy6ZmG\", \"keySecretArn\": \"arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf\"}}"`
	Providers Providers         `json:"providers" doc:"Systems that write into the pool."`
	Sync      Sync              `json:"sync" doc:"When a full sync runs, and how fast it reads the pool."`
	Events    Events            `json:"events" doc:"What else poolsync listens to, besides sign-ins."`
	Watch     Watch             `json:"watch" doc:"Who hears of trouble, when, and what the logs hold."`
	Deploy    Deploy            `json:"deploy" doc:"The stack as a whole, its check, and where its secrets are."`
}

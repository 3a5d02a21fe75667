package setting

// Events is what else poolsync listens to, besides sign-ins.
type Events struct {
	CloudTrail bool `json:"cloudTrail" default:"true" doc:"'true': what is done to users in the pool arrives within seconds, if the account has a trail. 'false': it waits for the next full sync."`
}

package setting

// Events is what else poolsync listens to, besides sign-ins.
type Events struct {
	// Rate is how many list requests a second all instances together make for events.
	Rate       int  `json:"rate" range:"1 30" default:"5" doc:"How many 'ListUsers' requests a second events may cost, of those in 'pool.listShare'. Each user whom an event is about costs one." example:"3"`
	CloudTrail bool `json:"cloudTrail" default:"true" doc:"'true': what is done to users in the pool arrives within seconds, if the account has a trail. 'false': it waits for the next full sync."`
}

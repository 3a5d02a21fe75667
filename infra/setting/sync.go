package setting

// Sync is when a full sync runs, and how fast it reads the pool.
type Sync struct {
	// Schedule is empty if there is none, which is written as "off".
	Schedule string `json:"schedule" form:"schedule" default:"rate(1 hour)" doc:"When a full sync runs: 'rate(...)', 'cron(...)' with six fields as EventBridge Scheduler has them, or 'off'." want:"off, rate(n minutes|hours|days) of at least ten minutes, or cron(minutes hours day-of-month month day-of-week year) with one of the two days a ?" example:"cron(30 3 * * ? *)"`
	TimeZone string `json:"timeZone" form:"timeZone" default:"UTC" doc:"Time zone of a 'cron(...)' in 'sync.schedule'." want:"the name of a time zone in the IANA database, such as UTC or Europe/Berlin" example:"Europe/Berlin"`
	Rate     int    `json:"rate" range:"1 30" default:"10" doc:"How many 'ListUsers' requests a second a full sync makes, of the 30 that the account has in the Region. Each lists 60 users." want:"a whole number from 1 to 30, which is all that Cognito allows the account" example:"20"`
}

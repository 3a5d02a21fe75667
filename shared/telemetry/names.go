package telemetry

// The names of the metrics. The alarms and the dashboard read the same names.
const (
	// postauth: a sign-in or sign-up became a change on the queue, or did not, or
	// may have: SQS did not answer in time.
	ChangesQueued    = "ChangesQueued"
	ChangesDropped   = "ChangesDropped"
	ChangesUncertain = "ChangesUncertain"

	// ingest: events of users in other pools; events that were skipped, because
	// too many were about unknown users; retries of events.
	EventsForeign = "EventsForeign"
	EventsSkipped = "EventsSkipped"
	EventsRetried = "EventsRetried"

	// deliver: what happened to a change. Retried counts each retry.
	ChangesDelivered   = "ChangesDelivered"
	ChangesRejected    = "ChangesRejected"
	ChangesRetried     = "ChangesRetried"
	MessagesUnreadable = "MessagesUnreadable"
	// deliver: a change was of another pool than ours.
	ChangesForeign = "ChangesForeign"
	// deliver: the target answered that our key is not valid.
	KeyRefused = "KeyRefused"
	// deliver: the age of a change that is retried, in seconds.
	OldestChange = "OldestChange"
	// deliver: from the sign-in to the target's answer, in milliseconds.
	DeliveryDelay = "DeliveryDelay"

	// webhook: UserHub's requests; those we could not answer; those that were not
	// UserHub's.
	WebhookRequests = "WebhookRequests"
	WebhookErrors   = "WebhookErrors"
	WebhookRefused  = "WebhookRefused"

	// fullsync: users that a run saw, found changed, found refused by the target, for
	// good or for now, and removed; its length in seconds.
	RunWalked   = "RunWalked"
	RunChanged  = "RunChanged"
	RunRejected = "RunRejected"
	RunRemoved  = "RunRemoved"
	RunDuration = "RunDuration"
	// fullsync: how a run ended. Held counts the removals that were held back.
	RunSucceeded = "RunSucceeded"
	// fullsync: a run did what it could, and changes still wait for a target; counted
	// again at each question whether they do. It shows that runs are alive, as
	// RunSucceeded does.
	RunWaiting = "RunWaiting"
	RunHeld    = "RunHeld"
	RunFailed  = "RunFailed"
)

package watch

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	"github.com/poolsync/poolsync/shared/telemetry"
)

// longWait is the age of a change at which an alarm rings. A first full sync of a
// large pool takes longer: then the alarm says nothing new, and goes by itself.
const longWait = time.Hour

// manyRejected is the share of users, in percent, whom UserHub may refuse: a few bad
// records are normal in a large pool, and are shown; so many have a reason in common.
const manyRejected = 5

// alarm is one thing that somebody has to know of, with its row in docs/operations.md.
type alarm struct {
	// name is the alarm's name behind that of the stack.
	name string
	// means says what has happened, first what to do before anything else. Both
	// are the description, which is all that the mail says.
	means, first string
	// metric is what rings the alarm when it is above the threshold. It is nil where
	// there is nothing to watch.
	metric    func(w watched) awscloudwatch.IMetric
	threshold float64
}

// alarms are all that ring because something happens, in that document's order. That
// nothing happens is for silence to notice.
var alarms = []alarm{
	{
		name:   "sign-ins-refused",
		means:  "The Cognito trigger failed or was throttled: Cognito refused the sign-in, or will if it goes on.",
		first:  "Look at Errors and Throttles of PostauthFunction on the dashboard. Throttles: the account's Lambda concurrency is used up, raise it. Errors: read the function's log, and deploy the last good version.",
		metric: func(w watched) awscloudwatch.IMetric { return failures(w.Postauth, "Failed or throttled") },
	},
	{
		name:   "changes-dropped",
		means:  "A sign-in went through, but its change could not be put on the queue. The next full sync repairs it.",
		first:  "Read the log of PostauthFunction for the reason. If it is about permission, somebody has changed the queue's policy or the function's role: deploy again.",
		metric: counted(telemetry.ChangesDropped),
	},
	{
		name:      "changes-uncertain",
		means:     "SQS took too long to answer, for several sign-ins in five minutes. Each of their changes is on the queue once, twice, or not at all. The next full sync repairs the users, not the count of sign-ins.",
		first:     "Look at AWS Health for SQS in the Region, and at the log of PostauthFunction. There is nothing to repair.",
		metric:    counted(telemetry.ChangesUncertain),
		threshold: 5,
	},
	{
		name:   "another-pool",
		means:  "A pool that this stack does not keep in step calls our trigger. Its users are not reported; each of its sign-ins costs a few requests. It also rings for a moment after pool.id has changed.",
		first:  "The log of DeliverFunction names the pool (otherPool). Clear its two triggers, or give it a stack of its own.",
		metric: counted(telemetry.ChangesForeign),
	},
	{
		name:   "key-refused",
		means:  "UserHub does not accept our key. Changes wait, and nothing is lost for four days.",
		first:  "Put a valid Admin API key into the secret that the target's keySecretArn names. Within five minutes the functions use it.",
		metric: counted(telemetry.KeyRefused),
	},
	{
		name:  "changes-waiting",
		means: "A change has waited for more than an hour to be delivered. A first full sync of a large pool does that, and it passes; otherwise UserHub is away, slow, or refuses us.",
		first: "Read the log of DeliverFunction for the error, and UserHub's status page. There is nothing to repair: delivery goes on by itself.",
		metric: func(w watched) awscloudwatch.IMetric {
			return formula("MAX([FILL(queue, 0), FILL(postponed, 0)])", "Age of the oldest change in seconds", map[string]awscloudwatch.IMetric{
				"queue":     queueMetric(w.Changes, oldest, ""),
				"postponed": w.metric(telemetry.OldestChange, maximum, ""),
			})
		},
		threshold: longWait.Seconds(),
	},
	{
		name:   "changes-dead",
		means:  "A change was given up, and lies in the dead-letter queue, for ten days at least. The next full sync delivers what it was about.",
		first:  "Find the reason in the log of DeliverFunction. When it is mended, send the messages again: aws sqs start-message-move-task --source-arn with the output DeadLetterQueueArn.",
		metric: func(w watched) awscloudwatch.IMetric { return deadLetters(w.Changes, "") },
	},
	{
		name:  "events-dead",
		means: "An event could not be queued, or was given up. The next full sync finds what it was about.",
		first: "Look at a message in EventsDeadLetterQueue. If it has the attribute ERROR_MESSAGE, EventBridge could not queue it: somebody has changed the queue's policy, deploy again. If not, find the reason in the log of IngestFunction. The messages can be purged.",
		metric: func(w watched) awscloudwatch.IMetric {
			if w.Events == nil {
				return nil
			}
			return deadLetters(w.Events, "")
		},
	},
	{
		name:   "messages-unreadable",
		means:  "A queue holds a message that nobody here understands. It goes to the dead-letter queue.",
		first:  "Look at the message in the dead-letter queue: either somebody else sends to the queue, or a newer version of one function meets an older one of another. Deploy the newer.",
		metric: counted(telemetry.MessagesUnreadable),
	},
	{
		name:  "run-failed",
		means: "A full sync ended early, or UserHub refuses most users (MostRefused). What it had found is delivered, and it removed nobody whom it had not confirmed as gone.",
		first: "Open the last failed execution of the state machine: its cause names the step and the error. With MostRefused, look at the connection in UserHub's console: a limit of seats, or a state that is not active. The next run starts by itself.",
		metric: func(w watched) awscloudwatch.IMetric {
			return formula("FILL(failed, 0) + FILL(late, 0)", "Failed runs", map[string]awscloudwatch.IMetric{
				"failed": w.metric(telemetry.RunFailed, sum, ""),
				"late":   awsMetric("AWS/States", "ExecutionsTimedOut", "StateMachineArn", w.Machine.AttrArn(), sum, ""),
			})
		},
	},
	{
		name:   "removals-held",
		means:  "A full sync would have removed more users than the limits allow, and removed none. All else was applied.",
		first:  "Read the cause of the failed execution: it says n of m. Find out whether the users were really deleted; if so, run the output StartSyncAllowRemovals, if not, find out why Cognito does not list them.",
		metric: counted(telemetry.RunHeld),
	},
	{
		name:  "users-rejected",
		means: "UserHub refuses more than one user in twenty, by the last full sync. A single bad record does not ring.",
		first: "Run the output StartSyncDryRun: its sample names users whom UserHub refuses, and the ledger's item of such a user has the reason (rejected). What has retryAt is tried again by itself; the rest needs another address, name or number in the pool.",
		metric: func(w watched) awscloudwatch.IMetric {
			return formula("IF(walked > 0, 100 * rejected / walked, 0)", "Users whom UserHub refuses, in percent", map[string]awscloudwatch.IMetric{
				"walked": w.metric(telemetry.RunWalked, sum, ""), "rejected": w.metric(telemetry.RunRejected, sum, ""),
			})
		},
		threshold: manyRejected,
	},
	{
		name:  "webhook-failing",
		means: "The webhook could not answer UserHub, several times in five minutes. UserHub switches a webhook off that fails for long.",
		first: "Read the log of WebhookFunction: it names the action and the error. If Cognito throttles, lower sync.rate, or ask who else lists users in this account.",
		metric: func(w watched) awscloudwatch.IMetric {
			if w.Webhook == nil {
				return nil
			}
			return w.metric(telemetry.WebhookErrors, sum, "")
		},
		threshold: 5,
	},
}

// counted returns a metric of ours that counts what should not be.
func counted(name string) func(watched) awscloudwatch.IMetric {
	return func(w watched) awscloudwatch.IMetric { return w.metric(name, sum, "") }
}

// silence rings because nothing happens: whatever keeps runs from succeeding, be it
// that none starts, shows in this and in nothing else.
var silence = alarm{
	name:  "no-run",
	means: "No full sync has succeeded for too long (setting watch.runAlarmHours; by default twice the schedule). It also rings from the first deployment until the first run has ended.",
	first: "Run the output StartSync, and open the execution. If it says that it was skipped, another run is under way, or more changes wait than the target's maxBacklog; if it fails, its cause says why.",
}

package watch

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// An alarm rings when a change gets this old. Sign-ins and edits wait for seconds; the
// changes of a full sync for as long as the target's rate takes for them, which is hours
// in a large pool.
const (
	longWait     = time.Hour
	longBulkWait = 7 * time.Hour
)

// manyRejected is the percentage of users that a target may refuse. A few bad records are
// normal in a large pool, and the dashboard shows them; more than this have a common cause.
const manyRejected = 5

// alarm is one thing that somebody has to know about. Its text is also a row in
// docs/operations.md.
type alarm struct {
	// name is the alarm's name, after the stack's name.
	name string
	// means says what has happened, and first what to do before anything else. Together
	// they are the description, and the mail says nothing more.
	means, first string
	// metric rings the alarm when it is above the threshold. It is nil if there is
	// nothing to watch.
	metric func(w watched) awscloudwatch.IMetric
	// ofTarget does so in the place of metric where each target has the alarm. Its name
	// has the target's before its own, and <Target> in its text is what the names of the
	// target's resources begin with.
	ofTarget  func(w watched, t target.Target) awscloudwatch.IMetric
	threshold float64
}

// alarms are the alarms that ring because something happens, in the order of that
// document. silence rings because nothing happens.
var alarms = []alarm{
	{
		name:   "sign-ins-refused",
		means:  "The Cognito trigger failed or was throttled. Cognito has refused sign-ins, or will if this goes on.",
		first:  "Look at the metrics Errors and Throttles of PostauthFunction. If it is throttled, the account's Lambda concurrency is used up: raise it. If it fails, read its log and deploy the last good version.",
		metric: func(w watched) awscloudwatch.IMetric { return failures(w.Postauth, "Failed or throttled") },
	},
	{
		name:   "changes-dropped",
		means:  "A sign-in went through, but its change could not be queued. The next full sync repairs it.",
		first:  "Read the log of PostauthFunction for the reason. If a permission is missing, somebody has changed the queue's policy or the function's role: deploy again.",
		metric: counted(telemetry.ChangesDropped),
	},
	{
		name:      "changes-uncertain",
		means:     "SQS took too long to answer several times in five minutes. Each of these sign-ins is on the queue once, twice, or not at all. The next full sync repairs the users, but not the number of sign-ins.",
		first:     "Check AWS Health for SQS in this Region, and the log of PostauthFunction. You need not repair anything.",
		metric:    counted(telemetry.ChangesUncertain),
		threshold: 5,
	},
	{
		name:   "another-pool",
		means:  "A pool that this stack does not keep in step calls this stack's trigger. Its users are not delivered, and each of its sign-ins costs a few requests. This alarm also rings briefly after you change pool.id.",
		first:  "The log of a target's DeliverFunction names the pool (otherPool). Clear that pool's two triggers, or deploy another stack for it.",
		metric: func(w watched) awscloudwatch.IMetric { return w.everywhere(telemetry.ChangesForeign, "Changes", false) },
	},
	{
		name:     "key-refused",
		means:    "The target refuses our key, or our permission. Changes wait, and none is lost for four days.",
		first:    "Put a valid key into the secret that the target's setting keySecretArn names: the functions use it within five minutes. An event bus has no key: look at its policy.",
		ofTarget: countedOf(telemetry.KeyRefused),
	},
	{
		name:  "changes-waiting",
		means: "A sign-in or an edit has waited for delivery for more than an hour, or a full sync's change for more than seven. The target is down, slow, or refuses requests.",
		first: "Read the log of <Target>DeliverFunction for the error, and look whether the target itself reports trouble. You need not repair anything: delivery continues by itself.",
		ofTarget: func(w watched, t target.Target) awscloudwatch.IMetric {
			expression := fmt.Sprintf("MAX([FILL(live, 0), FILL(postponed, 0), FILL(bulk, 0) - %.0f])", (longBulkWait - longWait).Seconds())
			return formula(expression, "Age of the oldest change in seconds", map[string]awscloudwatch.IMetric{
				"live":      queueMetric(t.Queues.Live, oldest, ""),
				"postponed": w.targetMetric(t, telemetry.OldestChange, maximum, ""),
				"bulk":      queueMetric(t.Queues.Bulk, oldest, ""),
			})
		},
		threshold: longWait.Seconds(),
	},
	{
		name:     "changes-dead",
		means:    "poolsync gave up on a change and moved it to the target's dead-letter queue, which keeps it for at least ten days. The next full sync delivers what it was about.",
		first:    "Find the reason in the log of <Target>DeliverFunction and fix it. Then send the messages again: aws sqs start-message-move-task --source-arn with the output <Target>DeadLetterQueueArn.",
		ofTarget: func(_ watched, t target.Target) awscloudwatch.IMetric { return deadLetters(t.Queues.Live, "") },
	},
	{
		name:  "events-dead",
		means: "An event could not be queued, or poolsync gave up on it. The next full sync finds what it was about.",
		first: "Look at a message in EventsDeadLetterQueue. If it has the attribute ERROR_MESSAGE, EventBridge could not queue it: somebody has changed the queue's policy, so deploy again. If not, find the reason in the log of IngestFunction. You may purge the messages.",
		metric: func(w watched) awscloudwatch.IMetric {
			if w.Events == nil {
				return nil
			}
			return deadLetters(w.Events, "")
		},
	},
	{
		name:  "messages-unreadable",
		means: "A function cannot read a message on its queue. The message goes to that queue's dead-letter queue.",
		first: "The dashboard shows which dead-letter queue has it. Look at the message there. Either somebody else sends to the queue, or the functions have different versions: then deploy the newer one.",
		metric: func(w watched) awscloudwatch.IMetric {
			return w.everywhere(telemetry.MessagesUnreadable, "Messages", true)
		},
	},
	{
		name:  "run-failed",
		means: "A full sync ended early, a target failed within it, or one refuses most users (MostRefused). What it found until then is delivered, and it removed only users who are confirmed as gone.",
		first: "Open the last failed execution of the state machine: its cause names the step or the target, and the error. For MostRefused, look at the target: it may have reached a seat limit, or not be active. The next run starts by itself.",
		metric: func(w watched) awscloudwatch.IMetric {
			return formula("FILL(failed, 0) + FILL(late, 0)", "Failed runs", map[string]awscloudwatch.IMetric{
				"failed": w.metric(telemetry.RunFailed, sum, ""),
				"late":   awsMetric("AWS/States", "ExecutionsTimedOut", "StateMachineArn", w.Machine.AttrArn(), sum, ""),
			})
		},
	},
	{
		name:     "removals-held",
		means:    "A full sync would have removed more users from the target than the limits allow, so it removed none there. It applied everything else.",
		first:    "Read the cause of the failed execution: it says n of m. Find out whether the users were really deleted. If so, run the output StartSyncAllowRemovals; with several targets, name this one in its input (targets). If not, find out why Cognito does not list them.",
		ofTarget: countedOf(telemetry.RunHeld),
	},
	{
		name:  "users-rejected",
		means: "According to the last full sync, the target refuses more than one user in twenty. A single bad record does not ring this alarm.",
		first: "Run the output StartSyncDryRun: its sample names users that the target refuses. The ledger's item of such a user has the reason (rejected). Users with retryAt are retried automatically; the others need another address, name or number in the pool.",
		ofTarget: func(w watched, t target.Target) awscloudwatch.IMetric {
			return formula("IF(walked > 0, 100 * rejected / walked, 0)", "Users that the target refuses, in percent", map[string]awscloudwatch.IMetric{
				"walked": w.targetMetric(t, telemetry.RunWalked, sum, ""), "rejected": w.targetMetric(t, telemetry.RunRejected, sum, ""),
			})
		},
		threshold: manyRejected,
	},
	{
		name:  "webhook-failing",
		means: "The webhook could not answer UserHub several times in five minutes. If that goes on, UserHub switches the webhook off.",
		first: "Read the log of WebhookFunction: it names the action and the error. If Cognito throttles, lower sync.rate, or find out who else lists users in this account.",
		metric: func(w watched) awscloudwatch.IMetric {
			if w.Webhook == nil {
				return nil
			}
			return w.metric(telemetry.WebhookErrors, sum, "")
		},
		threshold: 5,
	},
}

// countedOf returns one of our metrics of a target that counts what should not happen.
func countedOf(name string) func(watched, target.Target) awscloudwatch.IMetric {
	return func(w watched, t target.Target) awscloudwatch.IMetric { return w.targetMetric(t, name, sum, "") }
}

// counted returns one of our metrics that counts what should not happen.
func counted(name string) func(watched) awscloudwatch.IMetric {
	return func(w watched) awscloudwatch.IMetric { return w.metric(name, sum, "") }
}

// silence rings because nothing happens. Whatever keeps runs from succeeding, even if
// none starts, always shows here, and maybe nowhere else.
var silence = alarm{
	name:  "no-run",
	means: "No full sync has succeeded for this target for too long (setting watch.runAlarmHours; by default twice the schedule). This alarm also rings from the first deployment until the first run has succeeded.",
	first: "Run the output StartSync, and open the execution. If it was skipped, another run is under way, or more changes wait than the target's setting maxBacklog allows. If it fails, its cause says why, and for which target.",
}

// Package telemetry is how the functions speak to CloudWatch: structured logs
// that hold no personal data, and metrics in the embedded metric format.
package telemetry

import (
	"context"
	"log/slog"
	"regexp"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLogger returns the logger that every function uses: Lambda's own log format and
// level (AWS_LAMBDA_LOG_FORMAT, AWS_LAMBDA_LOG_LEVEL) with the request id on each
// record, and [Redact] applied to everything that is logged. It also makes it the
// default logger, so that no log bypasses it.
func NewLogger() *slog.Logger {
	log := slog.New(Redact(lambdacontext.NewLogHandler()))
	slog.SetDefault(log)
	return log
}

// personal matches what must not be logged, wherever it stands in a text: e-mail
// addresses, phone numbers in E.164, bearer tokens, JSON Web Tokens, and API keys
// of the forms that UserHub hands out. Error texts of other services can hold any
// of them.
var personal = regexp.MustCompile(`(?i)` +
	`[a-z0-9._%+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)+` +
	`|\+[0-9]{7,15}\b` +
	`|\bbearer\s+\S+` +
	`|\beyJ[a-z0-9_-]{4,}(\.[a-z0-9_-]*)*` +
	`|\b(sk|userhub_admin)_[a-z0-9]+`)

const redacted = "[redacted]"

// Redact wraps h so that e-mail addresses, phone numbers and tokens in messages,
// strings, errors and anything else that is logged are replaced. It is the last
// line of defence: code does not log such values in the first place.
func Redact(h slog.Handler) slog.Handler { return redactor{h} }

type redactor struct{ slog.Handler }

func (r redactor) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, Scrub(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(scrubAttr(a))
		return true
	})
	return r.Handler.Handle(ctx, clean)
}

func (r redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = scrubAttr(a)
	}
	return redactor{r.Handler.WithAttrs(clean)}
}

func (r redactor) WithGroup(name string) slog.Handler {
	return redactor{r.Handler.WithGroup(name)}
}

// Scrub replaces what [Redact] would in a text that does not go to the log, such as
// an error for CloudFormation.
func Scrub(s string) string { return personal.ReplaceAllLiteralString(s, redacted) }

// scrubAttr keeps numbers, booleans and times as they are. It checks everything else
// as the text that a handler would print.
func scrubAttr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString, slog.KindAny:
		return slog.String(a.Key, Scrub(value.String()))
	case slog.KindGroup:
		group := value.Group()
		clean := make([]slog.Attr, len(group))
		for i, member := range group {
			clean[i] = scrubAttr(member)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	default:
		return slog.Attr{Key: a.Key, Value: value}
	}
}

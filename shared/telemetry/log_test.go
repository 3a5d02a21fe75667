package telemetry

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	const email, phone, token = "jane.doe+x@mail.example.com", "+15550100123", "Bearer abc.def-123"
	for _, tt := range []struct {
		name string
		log  func(*slog.Logger)
	}{
		{"message", func(l *slog.Logger) { l.Info("user " + email) }},
		{"string", func(l *slog.Logger) { l.Info("m", "text", "phone "+phone+" taken") }},
		{"error", func(l *slog.Logger) { l.Info("m", "error", errors.New("no such user: "+email)) }},
		{"any", func(l *slog.Logger) { l.Info("m", "value", map[string]string{"header": token}) }},
		{"group", func(l *slog.Logger) { l.Info("m", slog.Group("g", "a", slog.GroupValue(slog.String("b", email)))) }},
		{"bound attribute", func(l *slog.Logger) { l.With("who", email).Info("m") }},
		{"in a group of attributes", func(l *slog.Logger) { l.WithGroup("g").Info("m", "who", phone) }},
		{"JWT", func(l *slog.Logger) { l.Info("m", "token", "eyJhbGciOi.eyJzdWIiOiI.sig") }},
		{"admin key", func(l *slog.Logger) { l.Info("m", "key", "userhub_admin_0123456789abcdef") }},
		{"old admin key", func(l *slog.Logger) { l.Info("m", "key", "sk_0123456789abcdef") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			tt.log(slog.New(Redact(slog.NewJSONHandler(&out, nil))))
			got := out.String()
			for _, secret := range []string{"jane", "5550100", "abc.def", "eyJ", "0123456789"} {
				if strings.Contains(got, secret) {
					t.Errorf("log holds %q: %s", secret, got)
				}
			}
			if !strings.Contains(got, redacted) {
				t.Errorf("log does not show that something was redacted: %s", got)
			}
		})
	}
}

func TestRedactKeepsTheRest(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(Redact(slog.NewTextHandler(&out, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	log.Info("delivered", "sub", "84e844c8-3041-70aa-1111-0123456789ab", "n", 12, "ok", true,
		"arn", "arn:aws:sqs:us-east-1:111122223333:changes", slog.Group("g", "v", 0.5))
	const want = "level=INFO msg=delivered sub=84e844c8-3041-70aa-1111-0123456789ab n=12 ok=true " +
		"arn=arn:aws:sqs:us-east-1:111122223333:changes g.v=0.5\n"
	if got := out.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

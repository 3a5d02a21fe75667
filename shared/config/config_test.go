package config

import (
	"strings"
	"testing"
)

type example struct {
	Queue  URL `env:"QUEUE_URL,required"`
	Secret ARN `env:"SECRET_ARN,required"`
	Tries  int `env:"TRIES" envDefault:"3"`
}

func TestLoad(t *testing.T) {
	t.Setenv("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/111122223333/changes")
	t.Setenv("SECRET_ARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:target-AbCdEf")
	got, err := Load[example]()
	if err != nil {
		t.Fatal(err)
	}
	if want := (example{
		Queue:  "https://sqs.us-east-1.amazonaws.com/111122223333/changes",
		Secret: "arn:aws:secretsmanager:us-east-1:111122223333:secret:target-AbCdEf",
		Tries:  3,
	}); got != want {
		t.Errorf("Load = %+v, want %+v", got, want)
	}
	if got, want := got.Queue.Origin(), "https://sqs.us-east-1.amazonaws.com"; got != want {
		t.Errorf("Origin = %q, want %q", got, want)
	}
}

func TestLoadReportsEveryProblem(t *testing.T) {
	for _, tt := range []struct {
		name, queue, secret, tries string
		want                       []string
	}{
		{"forms", "sqs/changes", "target-key", "many", []string{"Queue", "http or https address", "Secret", "not an ARN", "Tries"}},
		{"a value where an ARN belongs", "ftp://example.com/q", "sk_0123", "1", []string{"Queue", "Secret"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("QUEUE_URL", tt.queue)
			t.Setenv("SECRET_ARN", tt.secret)
			t.Setenv("TRIES", tt.tries)
			_, err := Load[example]()
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not mention %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "sk_0123") {
				t.Errorf("error %q repeats a value", err)
			}
		})
	}
}

func TestURL(t *testing.T) {
	for _, tt := range []struct {
		in string
		ok bool
	}{
		{"https://api.example.com", true}, {"http://127.0.0.1:4566/queue", true},
		{"https:///queue", false}, {"//api.example.com", false}, {"ftp://example.com/q", false}, {"https://a b.example.com", false}, {"", false},
	} {
		var got URL
		err := got.UnmarshalText([]byte(tt.in))
		if (err == nil) != tt.ok || tt.ok && got != URL(tt.in) {
			t.Errorf("UnmarshalText(%q) = %q, %v; want accepted: %t", tt.in, got, err, tt.ok)
		}
	}
}

func TestLoadMissing(t *testing.T) {
	t.Setenv("TRIES", "1")
	_, err := Load[example]()
	if err == nil || !strings.Contains(err.Error(), "QUEUE_URL") || !strings.Contains(err.Error(), "SECRET_ARN") {
		t.Errorf("Load error = %v, want it to name both missing variables", err)
	}
}

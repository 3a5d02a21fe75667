// Package targets makes targets of what functions are told of them. It is the one place
// where functions learn which kinds of target there are.
package targets

import (
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolsync/poolsync/shared/decode"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Settings are what a function is told of one target, as JSON. Exactly one kind is not
// nil.
type Settings struct {
	// Name is what the owner calls the target.
	Name string `json:"name"`

	UserHub *UserHub `json:"userhub,omitempty"`
	Bus     *Bus     `json:"bus,omitempty"`
	SCIM    *SCIM    `json:"scim,omitempty"`
}

// kind is what a target is.
type kind interface {
	// check says what is missing or wrong, by the fields' names.
	check() error
	// ledgerName is the target's name in the ledger, which says what it is, and not what
	// it is called.
	ledgerName() string
	// describe returns the target for those who never speak to it.
	describe() reconcile.FullTarget
	// connect returns the target, ready for deliveries.
	connect(Connection) (reconcile.FullTarget, error)
	// withoutConnection leaves out what only connect needs.
	withoutConnection(*Settings)
}

// Connection is what a target is reached with.
type Connection struct {
	AWS aws.Config
	// PoolID is the id of the pool that the target is kept in step with.
	PoolID string
	// Pacer keeps the target's rate.
	Pacer Pacer
	// Filled reports whether a run has been a success for the target.
	Filled func(context.Context) (bool, error)
}

// kind returns what the target is, or nil if that is not clear.
func (s Settings) kind() kind {
	var all []kind
	if s.UserHub != nil {
		all = append(all, s.UserHub)
	}
	if s.Bus != nil {
		all = append(all, s.Bus)
	}
	if s.SCIM != nil {
		all = append(all, s.SCIM)
	}
	if len(all) != 1 {
		return nil
	}
	return all[0]
}

// Parse reads the settings of one target. It takes no field that it does not know: a
// slip between the template and the function is to show at once.
func Parse(text []byte) (Settings, error) {
	var s Settings
	if err := decode.Strict(text, &s); err != nil {
		return s, err
	}
	return s, s.Check()
}

// Check says what is missing or wrong, by the fields' names.
func (s Settings) Check() error {
	if s.Name == "" {
		return errors.New("lacks name")
	}
	k := s.kind()
	if k == nil {
		return errors.New("is of no kind, or of several: want exactly one of userhub, bus and scim")
	}
	return k.check()
}

// Title returns the name.
func (s Settings) Title() string { return s.Name }

// LedgerName returns the target's name in the ledger: what it is, and not what it is
// called, so that settings which are pointed elsewhere inherit nothing.
func (s Settings) LedgerName() string { return s.kind().ledgerName() }

// Describe returns what the target is sent, for those who never speak to it.
func (s Settings) Describe() reconcile.Fingerprinter { return s.kind().describe() }

// Nature says what is particular about the target.
func (s Settings) Nature() reconcile.Nature { return s.kind().describe().Nature() }

// WithoutConnection returns the settings for those who never speak to the target: what an
// environment variable holds is limited.
func (s Settings) WithoutConnection() Settings {
	s.kind().withoutConnection(&s)
	return s
}

// Connect returns the target, ready for deliveries.
func (s Settings) Connect(c Connection) (reconcile.FullTarget, error) { return s.kind().connect(c) }

// ErrNoConnection is returned by [Settings.Connect] for settings that describe a target
// without saying where it is.
var ErrNoConnection = errors.New("the settings do not say where the target is")

// List is a list of what a function is told of each target, as JSON in an environment
// variable.
type List[T interface {
	// Check says what is missing or wrong, by the fields' names.
	Check() error
	// Title names the target.
	Title() string
}] []T

// UnmarshalText implements [encoding.TextUnmarshaler]. The error has all that is wrong,
// by target and field.
func (l *List[T]) UnmarshalText(text []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return fmt.Errorf("want a list in JSON: %s", decode.Problem(err))
	}
	if len(items) == 0 {
		return errors.New("want one target or more")
	}
	*l = make(List[T], len(items))
	var problems []error
	for i, item := range items {
		target := &(*l)[i]
		err := decode.Strict(item, target)
		if err == nil {
			err = (*target).Check()
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("target %d: %w", i+1, err))
			continue
		}
		if slices.ContainsFunc((*l)[:i], func(other T) bool { return other.Title() == (*target).Title() }) {
			problems = append(problems, fmt.Errorf("target %d: name: %q is taken", i+1, (*target).Title()))
		}
	}
	return errors.Join(problems...)
}

// Word is a field that has to have a certain form.
type Word struct {
	Field, Text string
	Form        encoding.TextUnmarshaler
}

// Words says which fields are missing, or else what is wrong with the first that has
// another form than it should.
func Words(words ...Word) error {
	var lacks []string
	for _, w := range words {
		if w.Text == "" {
			lacks = append(lacks, w.Field)
		}
	}
	if len(lacks) > 0 {
		return fmt.Errorf("lacks %s", strings.Join(lacks, ", "))
	}
	for _, w := range words {
		if w.Form == nil {
			continue
		}
		if err := w.Form.UnmarshalText([]byte(w.Text)); err != nil {
			return fmt.Errorf("%s: %w", w.Field, err)
		}
	}
	return nil
}

package cloudformation

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorder notes what happens, and fails where it is told to.
type recorder struct {
	log  []string
	fail string // the step that fails, such as "update B"
	n    int
}

func (r *recorder) note(step string) error {
	r.log = append(r.log, step)
	if r.fail != "" && strings.HasPrefix(step, r.fail) {
		return errors.New("cannot " + step)
	}
	return nil
}

func (r *recorder) Create(q Request) (string, error) {
	r.n++
	id := fmt.Sprintf("%s%d", q.LogicalID, r.n)
	return id, r.note("create " + id)
}

func (r *recorder) Update(q Request) (string, error) {
	id := q.PhysicalID
	if renamed, ok := q.Properties["Id"].(string); ok {
		id = renamed
	}
	return id, r.note(fmt.Sprintf("update %s to %v", q.PhysicalID, q.Properties["V"]))
}

func (r *recorder) Delete(q Request) error { return r.note("delete " + q.PhysicalID) }

// of returns a template in which B depends on A, and C on B.
func of(v string, ids string) Template {
	all := map[string]Resource{
		"A": {Type: "AWS::Lambda::Permission", Properties: map[string]any{"SourceArn": v}},
		"B": {Type: "Custom::B", Properties: map[string]any{"V": v, "A": map[string]any{"Ref": "A"}}},
		"C": {Type: "Custom::C", Properties: map[string]any{"V": v}, DependsOn: []string{"B"}},
		"D": {Type: "Custom::D", Properties: map[string]any{"V": v, "Id": "D" + v}},
		"E": {Type: "AWS::S3::Bucket", DeletionPolicy: "Retain"},
	}
	t := Template{Resources: map[string]Resource{}}
	for _, id := range strings.Split(ids, "") {
		t.Resources[id] = all[id]
	}
	return t
}

// TestOrder checks the order that CloudFormation documents.
func TestOrder(t *testing.T) {
	tests := []struct {
		name          string
		before, after Template
		fail          string
		want          []string
		err           error
	}{
		{"nothing differs", of("1", "ABC"), of("1", "ABC"), "", nil, nil},
		{"new resources first, deletions last", of("1", "AB"), of("1", "D"), "", []string{"create D3", "delete B2", "delete A1"}, nil},
		{"replaced, and deleted at the end", of("1", "ABC"), of("2", "ABC"), "",
			[]string{"create A4", "update B2 to 2", "update C3 to 2", "delete A1"}, nil},
		{"replaced by itself", of("1", "D"), of("2", "D"), "", []string{"update D1 to 2", "delete D1"}, nil},
		{"kept", of("1", "AE"), of("1", "A"), "", nil, nil},
		{"failed update goes back", of("1", "ABC"), of("2", "ABC"), "update B2 to 2",
			[]string{"create A4", "update B2 to 2", "update B2 to 1", "delete A4"}, ErrRolledBack},
		{"failed creation is deleted", of("1", "A"), of("1", "ABC"), "create C",
			[]string{"create B2", "create C3", "delete C3", "delete B2"}, ErrRolledBack},
		{"going back fails", of("1", "ABC"), of("2", "ABC"), "update B2", []string{"create A4", "update B2 to 2", "update B2 to 1"}, ErrStuck},
		{"clean-up goes on", of("1", "AB"), of("1", "E"), "delete B", []string{"create E3", "delete B2", "delete A1"}, ErrLeft},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{}
			s := New(r, nil)
			if err := s.Deploy(tt.before); err != nil {
				t.Fatal(err)
			}
			r.log, r.fail = nil, tt.fail
			if err := s.Deploy(tt.after); !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, r.log); diff != "" {
				t.Errorf("steps: -want +got\n%s", diff)
			}
		})
	}
}

// TestDelete shows that a stack is deleted in the reverse order, except what is retained.
func TestDelete(t *testing.T) {
	r := &recorder{}
	s := New(r, nil)
	if err := s.Deploy(of("1", "ABCE")); err != nil {
		t.Fatal(err)
	}
	r.log, r.fail = nil, "delete C"
	if err := s.Delete(); !errors.Is(err, ErrLeft) {
		t.Errorf("got %v, want %v", err, ErrLeft)
	}
	r.fail = ""
	if err := s.Delete("C"); err != nil {
		t.Error(err)
	}
	want := []string{"delete C3", "delete B2", "delete A1"}
	if diff := cmp.Diff(want, r.log); diff != "" {
		t.Errorf("steps: -want +got\n%s", diff)
	}
}

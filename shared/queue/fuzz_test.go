package queue

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzDecode shows that no message makes Decode panic or fail in an undeclared way,
// and that what it accepts survives the way back.
func FuzzDecode(f *testing.F) {
	whole, err := Encode(change())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"v":1,"kind":"changed","sub":"s","observedAt":"2026-05-01T10:00:00+02:00","origin":"sync"}`))
	f.Add([]byte(`{"v":1,"kind":"changed","sub":"s","observedAt":"9999-12-31T23:59:59-00:10","origin":"sync"}`))
	f.Add([]byte(`{"v":1,"kind":"changed","sub":"s","observedAt":"2026-05-01T10:00:00Z","origin":"sync","user":{"sub":"s","attributes":{}}}`))
	f.Add([]byte(`{"v":1,"kind":"removed","user":{"attributes":{"a":null}}}`))
	f.Add([]byte(`{"v":1e0}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := Decode(body)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("Decode error = %v, want ErrMalformed", err)
			}
			return
		}
		again, err := Encode(c)
		if err != nil {
			t.Fatalf("Encode of what was decoded: %v", err)
		}
		back, err := Decode(again)
		if err != nil {
			t.Fatalf("Decode of what was encoded: %v", err)
		}
		c.ObservedAt = c.ObservedAt.UTC()
		if diff := cmp.Diff(c, back, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a change did not survive the way back: -want +got\n%s", diff)
		}
	})
}

package directory

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ErrFingerprint is returned for a text that is not a fingerprint's text form.
var ErrFingerprint = errors.New("not a fingerprint: want version:32 hexadecimal digits")

// digestSize is the length of a fingerprint's digest, 128 bits. Two states of one
// user collide with a probability of 2^-128, and a collision only delays one change
// until the user changes again.
const digestSize = 16

// Fingerprint stands for what a target is sent of one user: if two are equal, there
// is nothing to send. The first byte is the version of the mapping, the rest the
// digest of the fields. The zero value means none, and equals no fingerprint of any
// fields.
type Fingerprint [1 + digestSize]byte

// NewFingerprint returns the fingerprint of the fields that a target is sent. A
// field with a blank value counts as absent, and the order of a map does not
// matter.
//
// The version, counted from 1, names the mapping that made the fields. Raising
// it makes every user differ from what the ledger holds, so the next run sends
// everyone again: raise it when that is the intention.
//
// The digest is the first half of the SHA-256 of the canonical form: the fields
// sorted by name, each name and each value preceded by its length as an unsigned
// varint. Because of the lengths, no two sets of fields have the same form.
func NewFingerprint(version uint8, fields map[string]string) Fingerprint {
	// Room for an ordinary user, so that nothing is allocated for one.
	var (
		nameRoom [32]string
		formRoom [1024]byte
	)
	names, form := nameRoom[:0], formRoom[:0]
	for name, value := range fields {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		form = appendPrefixed(form, name)
		form = appendPrefixed(form, fields[name])
	}
	sum := sha256.Sum256(form)

	f := Fingerprint{version}
	copy(f[1:], sum[:])
	return f
}

// appendPrefixed appends s, preceded by its length.
func appendPrefixed(form []byte, s string) []byte {
	return append(binary.AppendUvarint(form, uint64(len(s))), s...)
}

// IsZero reports whether f is the zero value: no fingerprint.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

// String returns the text form, the version and the digest in hexadecimal such as
// "1:e3b0c44298fc1c149afbf4c8996fb924", or "" for the zero value.
func (f Fingerprint) String() string {
	if f.IsZero() {
		return ""
	}
	return strconv.Itoa(int(f[0])) + ":" + hex.EncodeToString(f[1:])
}

// ParseFingerprint reads the form that [Fingerprint.String] writes. The error is
// [ErrFingerprint].
func ParseFingerprint(text string) (Fingerprint, error) {
	if text == "" {
		return Fingerprint{}, nil
	}
	version, digest, _ := strings.Cut(text, ":")
	v, err := strconv.ParseUint(version, 10, 8)
	if err != nil || len(digest) != 2*digestSize {
		return Fingerprint{}, ErrFingerprint
	}
	f := Fingerprint{byte(v)}
	if _, err := hex.Decode(f[1:], []byte(digest)); err != nil {
		return Fingerprint{}, ErrFingerprint
	}
	return f, nil
}

package userhub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	actionHeader    = "Userhub-Action"
	timestampHeader = "Userhub-Timestamp"
	signatureHeader = "Userhub-Signature"
	// tolerance is how far the sender's clock may be from ours, either way.
	tolerance = 300 * time.Second
)

// Why a request does not count as UserHub's. Each is answered with UNKNOWN and status
// 500, as the official SDKs do: what UserHub does with a 401 is not documented, and
// nobody else needs to know more.
var (
	errMethod      = untrusted("the request is not a POST")
	errNoBody      = untrusted("the body is empty")
	errTooLong     = untrusted("the body is longer than 5242880 bytes")
	errCutShort    = untrusted("the body ends too early")
	errNoAction    = untrusted("the UserHub-Action header is missing")
	errNoTimestamp = untrusted("the UserHub-Timestamp header is missing")
	errNoSignature = untrusted("the UserHub-Signature header is missing")
	errTimestamp   = untrusted("the UserHub-Timestamp header is not a number of seconds")
	errTooOld      = untrusted("the timestamp is too far in the past")
	errTooNew      = untrusted("the timestamp is too far in the future")
	errSignature   = untrusted("no signature matches")
	errHeader      = untrusted("the secret header does not match")
)

func untrusted(message string) error { return &Refusal{Code: Unknown, Message: message} }

// verify reports why a request does not count as UserHub's, or nil. The header has
// canonical names.
//
// A signature is the HMAC-SHA256 of the timestamp header's text, a dot and the body
// as it was sent, in hexadecimal. Several may be listed, in several header lines or
// with commas, and several secrets may be valid, so that either side can be rotated
// first. Neither the action nor the address is signed, and there is no nonce: within
// the tolerance a captured body can be sent again as another action. That is why
// users.delete requires a second secret.
func verify(method string, header http.Header, body []byte, secrets []string, now time.Time) error {
	switch {
	case method != http.MethodPost:
		return errMethod
	case len(body) == 0:
		return errNoBody
	case len(body) > maxBody:
		return errTooLong
	case header.Get(actionHeader) == "":
		return errNoAction
	}
	timestamp := header.Get(timestampHeader)
	if timestamp == "" {
		return errNoTimestamp
	}
	signatures := signatures(header)
	if len(signatures) == 0 {
		return errNoSignature
	}
	if err := checkTime(timestamp, now); err != nil {
		return err
	}
	for _, secret := range secrets {
		if secret == "" {
			continue // anyone could sign with it
		}
		digest := sign(secret, timestamp, body)
		for _, signature := range signatures {
			if hmac.Equal(digest, signature) { // in constant time
				return nil
			}
		}
	}
	return errSignature
}

func checkTime(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errTimestamp
	}
	switch age := now.Sub(time.Unix(seconds, 0)); {
	case age > tolerance:
		return errTooOld
	case age < -tolerance:
		return errTooNew
	}
	return nil
}

// signatures returns what the header lists. An entry that cannot be a signature is
// kept as an empty one, which matches nothing, so that a header with only such
// entries does not count as missing.
func signatures(header http.Header) [][]byte {
	var all [][]byte
	for _, line := range header.Values(signatureHeader) {
		for entry := range strings.SplitSeq(line, ",") {
			if entry = strings.TrimSpace(entry); entry == "" {
				continue
			}
			digest := make([]byte, 0, sha256.Size)
			if len(entry) == hex.EncodedLen(sha256.Size) {
				digest, _ = hex.AppendDecode(digest, []byte(entry))
			}
			all = append(all, digest)
		}
	}
	return all
}

// sign returns the digest of a request. The secret's text is the key as it is.
func sign(secret, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write([]byte("."))
	mac.Write(body)
	return mac.Sum(nil)
}

package main

import (
	"encoding/base64"
	"encoding/json"
)

// pageToken says where a page begins. It is bound to its list: the pool and the page
// size, which Cognito requires to be the same for every page.
//
// It is not signed. It only comes in requests that UserHub has signed, and only
// Cognito's part of it, which Cognito checks, leads anywhere.
type pageToken struct {
	Pool string `json:"pool"`
	Size int    `json:"size"`
	// Next is Cognito's own token: blank for the first page, and for the one after
	// the last.
	Next string `json:"next"`
}

// String returns the token as UserHub gets it: blank after the last page.
func (t pageToken) String() string {
	if t.Next == "" {
		return ""
	}
	text, _ := json.Marshal(t) // two strings and a number: never fails
	return base64.RawURLEncoding.EncodeToString(text)
}

// readPageToken reads the token that UserHub sent, or makes one for the first page. A
// list keeps the page size that it began with; asking for less later is an error.
func readPageToken(text, pool string, size int) (pageToken, error) {
	if text == "" {
		return pageToken{Pool: pool, Size: size}, nil
	}
	var t pageToken
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(data, &t) != nil || t.Pool != pool || t.Next == "" {
		return pageToken{}, errPageToken
	}
	if t.Size > size {
		return pageToken{}, errPageSize
	}
	return t, nil
}

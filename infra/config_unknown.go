package main

import (
	"strings"

	"github.com/poolsync/poolsync/shared/decode"
)

// unknownKey reports whether name looks like a key of ours without being one,
// and which of ours is nearest to it. The CDK's own keys all hold a colon or a
// slash, but for those of `cdk acknowledge`.
func unknownKey(name string) (similar string, unknown bool) {
	if strings.ContainsAny(name, ":/") || name == "acknowledged-issue-numbers" {
		return "", false
	}
	names := make([]string, len(contextKeys))
	for i, key := range contextKeys {
		if key.name == name {
			return "", false
		}
		names[i] = key.name
	}
	return decode.Nearest(name, names), true
}

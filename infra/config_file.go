package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/poolsync/poolsync/shared/decode"
)

// contextFile is where the CDK's command line finds keys that it is not told.
const contextFile = "cdk.json"

// readTwice refuses a file in which a key stands twice: of the two, the command line
// takes the last, and says nothing. Whatever else may be wrong with the file, it has
// said itself.
func readTwice(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	_, repeated, _ := decode.Value(text)
	if len(repeated) == 0 {
		return nil
	}
	return fmt.Errorf("poolsync: in %s, %s stands there twice", file, strings.Join(repeated, " and "))
}

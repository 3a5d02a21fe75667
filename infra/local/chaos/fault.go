package main

import (
	"time"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// functions are the functions that are killed.
var functions = []string{"postauth", "ingest", "userhub-deliver", "feed-deliver", "fullsync", "webhook"}

// userHubFaults are all the ways in which the stand-in for UserHub can fail.
var userHubFaults = []struct {
	name  string
	fault userhubtest.Fault
}{
	{"answers after 1 s", userhubtest.Delay(time.Second)},
	{"answers after 15 s", userhubtest.Delay(15 * time.Second)},
	{"never answers", userhubtest.Hang()},
	{"429, come back in 1 s", userhubtest.Throttle("1")},
	{"429", userhubtest.Throttle("")},
	{"429 of a gateway, in 2 s", userhubtest.ThrottlePlain("2")},
	{"429 of a gateway", userhubtest.ThrottlePlain("")},
	{"500", userhubtest.Fail(500, "INTERNAL")},
	{"503", userhubtest.Fail(503, "UNAVAILABLE")},
	{"401", userhubtest.Fail(401, "UNAUTHENTICATED")},
	{"502 of a gateway", userhubtest.FailPlain(502)},
	{"404 of a proxy, in JSON without a code", userhubtest.FailWithoutCode(404)},
	{"307 to elsewhere", userhubtest.Redirect("https://example.com/")},
	{"cuts the connection", userhubtest.Reset()},
	{"takes effect, then cuts", userhubtest.LoseAnswer()},
}

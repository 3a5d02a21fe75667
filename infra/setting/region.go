package setting

import (
	"sync"

	"github.com/aws/aws-cdk-go/awscdk/v2/regioninfo"
)

// partition is the only one that poolsync is made for. In GovCloud and in China other
// addresses hold for the login pages, for tokens' issuer and for the console, and we
// have tried nothing there.
const partition = "aws"

// partitions are the partitions of all Regions that the CDK knows.
var partitions = sync.OnceValue(func() map[string]*string {
	return *regioninfo.RegionInfo_RegionMap(regioninfo.FactName_PARTITION())
})

// unfit says why poolsync cannot be in a Region, or "": it completes "... a Region that".
func unfit(region string) string {
	of := partitions()[region]
	switch {
	case region == "" || of != nil && *of == partition:
		return ""
	case of == nil:
		return "does not exist; if it is new, get a newer CDK (go get github.com/aws/aws-cdk-go/awscdk/v2)"
	}
	return "is of another partition than aws, the only one that poolsync supports"
}

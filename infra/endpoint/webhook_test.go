package endpoint

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/setting"
)

// TestActions also checks the table in docs/webhook.md. The tests of functions/webhook
// check that table against what each switch makes the function call.
func TestActions(t *testing.T) {
	document, err := os.ReadFile("../docs/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		create, update bool
		remove         string
		want           []string // beyond AdminGetUser and ListUsers
		row            string   // of the document, in part
	}{
		{false, false, "off", nil, "| - | `AdminGetUser`, `ListUsers` |"},
		{true, false, "off", []string{"AdminCreateUser", "AdminDisableUser", "DescribeUserPool"}, "| `create` | %s |"},
		{false, true, "off", []string{"AdminDisableUser", "AdminEnableUser", "AdminUpdateUserAttributes", "DescribeUserPool"}, "| `update` | %s |"},
		{false, false, "disable", []string{"AdminDisableUser"}, "| `delete`: `disable` or `delete` | %s or "},
		{false, false, "delete", []string{"AdminDeleteUser"}, " or %s |"},
		{true, true, "disable", []string{"AdminCreateUser", "AdminDisableUser", "AdminEnableUser", "AdminUpdateUserAttributes", "DescribeUserPool"}, ""},
	} {
		row := strings.ReplaceAll(tt.row, "%s", "`"+strings.Join(tt.want, "`, `")+"`")
		if !strings.Contains(string(document), row) {
			t.Errorf("docs/webhook.md has no row with %q", row)
		}
		provider := setting.UserHubProvider{Create: tt.create, Update: tt.update, Delete: tt.remove}
		var want []string
		for _, action := range append(tt.want, "AdminGetUser", "ListUsers") {
			want = append(want, "cognito-idp:"+action)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, actions(provider)); diff != "" {
			t.Errorf("create %t, update %t, delete %s: -want +got\n%s", tt.create, tt.update, tt.remove, diff)
		}
	}
}

// TestAccessLog shows that the access log contains nothing it must not.
func TestAccessLog(t *testing.T) {
	var line map[string]string
	if err := json.Unmarshal([]byte(accessLog), &line); err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"$context.requestId", "$context.requestTime", "$context.identity.sourceIp", "$context.routeKey", "$context.status",
		"$context.responseLength", "$context.responseLatency", "$context.error.responseType",
	}
	for key, value := range line {
		if !slices.Contains(allowed, value) {
			t.Errorf("%s logs %s", key, value)
		}
	}
}

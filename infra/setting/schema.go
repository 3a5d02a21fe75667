package setting

import (
	"reflect"
	"slices"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// Schema returns the JSON Schema of a settings file, by which an editor completes it.
// It accepts every file that [Read] accepts; what settings require of one another, only
// Read knows.
func Schema() *form.Schema {
	schema := texts.Schema(reflect.TypeFor[Settings](), "Settings of poolsync")
	schema.Properties = slices.Insert(schema.Properties, 0, form.Member{
		Name:   "$schema",
		Schema: &form.Schema{Type: "string", Description: "This schema, for an editor. poolsync ignores it."},
	})
	return schema
}

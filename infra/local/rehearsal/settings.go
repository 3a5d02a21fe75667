package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The paths of the settings that a rehearsal sets or reads. A star with a type stands for
// the name of the target of that type.
const (
	poolID            = "pool.id"
	triggers          = "pool.triggers"
	triggersRevision  = "pool.triggersRevision"
	newPool           = "pool.new"
	domainPrefix      = "pool.domainPrefix"
	connectionID      = "targets.*userhub.connectionId"
	baseURL           = "targets.*userhub.baseUrl"
	ratePerSecond     = "targets.*userhub.rate.perSecond"
	bus               = "targets.*bus.bus"
	serviceURL        = "targets.*scim.baseUrl"
	serviceTokenURL   = "targets.*scim.tokenUrl"
	serviceClient     = "targets.*scim.clientId"
	logRetentionDays  = "watch.logRetentionDays"
	connectivityCheck = "deploy.connectivityCheck"
	secretsAccount    = "deploy.secretsAccountId"
)

// settings are the settings of one environment, as the tree in its file.
type settings map[string]any

// readSettings reads the settings of a golden template, from the tests' data or from the
// examples in the documents.
func readSettings(root, name string) (settings, error) {
	for _, folder := range []string{"testdata", "docs/examples"} {
		text, err := os.ReadFile(filepath.Join(root, "infra", folder, name+".json"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var s settings
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("read the settings of %s: %w", name, err)
		}
		delete(s, "$schema")
		return s, nil
	}
	return nil, fmt.Errorf("%s has no settings", name)
}

// text returns the text at a path, or "".
func (s settings) text(path string) string {
	section, name := s.section(path, false)
	text, _ := section[name].(string)
	return text
}

// section returns the object that holds what a path names, and its name there. If the
// object is missing, section makes it if create is true, and returns nil otherwise.
func (s settings) section(path string, create bool) (object map[string]any, name string) {
	names := strings.Split(path, ".")
	object = s
	for _, name := range names[:len(names)-1] {
		if kind, any := strings.CutPrefix(name, "*"); any {
			name = ofType(object, kind)
		}
		inner, ok := object[name].(map[string]any)
		if !ok && create {
			inner = map[string]any{}
			object[name] = inner
		}
		object = inner
	}
	return object, names[len(names)-1]
}

// ofType returns the name of a member of an object that says it is of a type, or "".
func ofType(object map[string]any, kind string) string {
	for name, member := range object {
		if m, _ := member.(map[string]any); m["type"] == kind {
			return name
		}
	}
	return ""
}

// with returns a copy with changes, by path; nil removes a setting.
func (s settings) with(changes map[string]any) (settings, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var changed settings
	if err := json.Unmarshal(text, &changed); err != nil {
		return nil, err
	}
	for path, value := range changes {
		section, name := changed.section(path, true)
		if section[name] = value; value == nil {
			delete(section, name)
		}
	}
	return changed, nil
}

// write writes the settings to a file.
func (s settings) write(file string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

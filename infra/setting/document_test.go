package setting

import (
	"reflect"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/local/golden"
	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// TestSettingsAreListed holds the tables of docs/settings.md, one for each section,
// against the tags.
func TestSettingsAreListed(t *testing.T) {
	for section := range reflect.TypeFor[Settings]().Fields() {
		name := section.Tag.Get("json")
		golden.Section(t, "../docs/settings.md", name, form.Table(inside(name)))
	}
}

// inside returns the places of a section; what is in a new pool has a document of its
// own.
func inside(section string) []form.Place {
	var all []form.Place
	for _, place := range form.Places(reflect.TypeFor[Settings]()) {
		first, _, _ := strings.Cut(place.Path, ".")
		if first == section && !strings.HasPrefix(place.Path, newPoolPath+".") {
			all = append(all, place)
		}
	}
	return all
}

func TestNewPoolIsListed(t *testing.T) {
	golden.Section(t, "../docs/new-pool.md", "settings", form.Table(form.Places(reflect.TypeFor[newpool.Pool]())))
}

// TestTags shows that tags are well-formed: each setting is explained by sentences, a
// default is read as itself, and a form is one that there is.
func TestTags(t *testing.T) {
	for _, place := range form.Places(reflect.TypeFor[Settings]()) {
		if doc := place.Tag.Get("doc"); !strings.HasSuffix(doc, ".") {
			t.Errorf("%s is explained by %q, want sentences", place.Path, doc)
		}
		allowed, fallback := strings.Fields(place.Tag.Get("oneOf")), place.Tag.Get("default")
		if place.Type.Kind() != reflect.Slice && len(allowed) > 0 && fallback != "" && !strings.Contains(" "+place.Tag.Get("oneOf")+" ", " "+fallback+" ") {
			t.Errorf("%s: default %q is none of %v", place.Path, fallback, allowed)
		}
		for _, tag := range []string{"form", "names"} {
			if name := place.Tag.Get(tag); name != "" && texts[name].Complaint == "" {
				t.Errorf("%s: there is no form %q", place.Path, name)
			}
		}
	}
}

// TestDefaultsAreAccepted shows that to write a default changes nothing.
func TestDefaultsAreAccepted(t *testing.T) {
	for _, place := range form.Places(reflect.TypeFor[Settings]()) {
		fallback := strings.Join(strings.Fields(place.Tag.Get("default")), ",")
		if place.Type.Kind() != reflect.Slice {
			fallback = place.Tag.Get("default")
		}
		path := onTarget(place)
		if fallback == "" || strings.Contains(path, "<name>") {
			continue
		}
		context := complete(map[string]any{feed + "type": "bus", feed + "bus": "default", path: fallback})
		for name, value := range map[string]string{"type": "scim", "baseUrl": "https://scim.example.com", "keySecretArn": secret} {
			context[domain+name] = value
		}
		if strings.HasPrefix(path, "providers.userhub") {
			context[webhook+"signingSecretArn"] = signing
		}
		got, err := FromContext(context)
		if err != nil {
			t.Errorf("%s=%s: %v", path, fallback, err)
			continue
		}
		delete(context, path)
		if want, _ := FromContext(context); !reflect.DeepEqual(got, want) {
			t.Errorf("%s=%s: got %+v, want %+v", path, fallback, got, want)
		}
	}
}

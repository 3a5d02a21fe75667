package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// accountID is the account in the golden settings.
const accountID = "111122223333"

// assembly is a synthesised stack.
type assembly struct {
	dir, stack string
	template   template
}

// synthesise synthesises the stack into a new folder, and adapts the assembly so that the
// emulator can deploy it.
func (c *cdk) synthesise(ctx context.Context, a *account, given settings) (assembly, error) {
	dir, err := os.MkdirTemp(c.dir, "cdk.out-")
	if err != nil {
		return assembly{}, err
	}
	file := dir + ".json"
	if err := given.write(file); err != nil {
		return assembly{}, err
	}
	if err := c.run(ctx, a.URL(), "synth", "--quiet", "--app", c.app, "--output", dir, "-c", "config="+file); err != nil {
		return assembly{}, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil || len(files) != 1 {
		return assembly{}, fmt.Errorf("synth wrote %d templates, %w", len(files), err)
	}
	adapted, err := adaptFile(files[0], a.addresses())
	return assembly{dir: dir, stack: strings.TrimSuffix(filepath.Base(files[0]), ".template.json"), template: adapted}, err
}

// adaptFile removes from a template what the emulator cannot do, and lets the functions
// reach stand-ins at these addresses without TLS.
func adaptFile(file string, addresses []string) (template, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return template{}, err
	}
	plain := string(text)
	for _, address := range addresses {
		plain = strings.ReplaceAll(plain, "https://"+address, "http://"+address)
	}
	var whole map[string]any
	if err := decode(plain, &whole); err != nil {
		return template{}, err
	}
	adapted, err := json.Marshal(adapt(whole))
	if err != nil {
		return template{}, err
	}
	var t template
	if err := decode(string(adapted), &t); err != nil {
		return template{}, err
	}
	return t, os.WriteFile(file, adapted, 0o644)
}

// decode reads JSON, and keeps numbers as they are written.
func decode(text string, to any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(to)
}

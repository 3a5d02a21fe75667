package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// contextSuffix ends the name of the file that holds a golden template's context.
	contextSuffix = ".context.json"
	// accountID is the account in the golden contexts, and in the pool file of one.
	accountID = "111122223333"
)

// readContext reads a golden context, as the command line takes it.
func readContext(root, name string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(root, "infra", "testdata", name+contextSuffix))
	if err != nil {
		return nil, err
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("read the context of %s: %w", name, err)
	}
	given := map[string]string{}
	for key, value := range values {
		given[key] = fmt.Sprint(value)
		if number, ok := value.(float64); ok {
			given[key] = strconv.FormatFloat(number, 'f', -1, 64)
		}
	}
	return given, nil
}

// assembly is a synthesised stack.
type assembly struct {
	dir, stack string
	template   template
}

// synthesise synthesises the stack into a folder of its own, and makes the assembly
// one that the emulator can deploy.
func (c *cdk) synthesise(ctx context.Context, a *account, given map[string]string) (assembly, error) {
	dir, err := os.MkdirTemp(c.dir, "cdk.out-")
	if err != nil {
		return assembly{}, err
	}
	args := []string{"synth", "--quiet", "--app", c.app, "--output", dir}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		args = append(args, "-c", key+"="+given[key])
	}
	if err := c.run(ctx, a.URL(), args...); err != nil {
		return assembly{}, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil || len(files) != 1 {
		return assembly{}, fmt.Errorf("synth wrote %d templates, %w", len(files), err)
	}
	adapted, err := adaptFile(files[0], a.userhubAddress)
	return assembly{dir: dir, stack: strings.TrimSuffix(filepath.Base(files[0]), ".template.json"), template: adapted}, err
}

// adaptFile leaves out of a template what the emulator cannot do, and lets the
// functions reach UserHub's stand-in at address without TLS.
func adaptFile(file, address string) (template, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return template{}, err
	}
	var whole map[string]any
	if err := decode(strings.ReplaceAll(string(text), "https://"+address, "http://"+address), &whole); err != nil {
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

// decode reads JSON, and leaves numbers as they are written.
func decode(text string, to any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(to)
}

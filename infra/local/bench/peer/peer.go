// Package peer is the alternative that poolsync's sign-in is compared with: a function
// that behaves like UserHub's published handler for Node.js, for a Lambda host to run.
package peer

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed handler.mjs runtime.mjs
var sources embed.FS

// Peer is the handler, ready to run.
type Peer struct {
	// Binary is the path of the executable.
	Binary string
	// Version is that of the machine's Node.js, such as v22.1.0.
	Version string
}

// Install writes the handler to the folder dir, for the machine's Node.js to run. It
// fails if Node.js is not installed.
func Install(dir string) (Peer, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return Peer{}, fmt.Errorf("find Node.js, to run UserHub's handler: %w", err)
	}
	version, err := exec.Command(node, "--version").Output()
	if err != nil {
		return Peer{}, fmt.Errorf("ask Node.js for its version: %w", err)
	}
	if err := os.CopyFS(dir, sources); err != nil {
		return Peer{}, fmt.Errorf("write UserHub's handler: %w", err)
	}
	// The first line names Node.js itself: env would have to search for it at every
	// start.
	binary := filepath.Join(dir, "bootstrap.mjs")
	if err := os.WriteFile(binary, []byte("#!"+node+"\nimport './runtime.mjs';\n"), 0o755); err != nil {
		return Peer{}, fmt.Errorf("write UserHub's handler: %w", err)
	}
	return Peer{Binary: binary, Version: strings.TrimSpace(string(version))}, nil
}

// Environment returns the handler's configuration.
func Environment(baseURL, connection, key string) map[string]string {
	return map[string]string{
		"USERHUB_BASE_URL": baseURL, "USERHUB_CONNECTION_ID": connection, "USERHUB_ADMIN_KEY": key,
	}
}

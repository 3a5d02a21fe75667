#!/bin/sh
# Checks that this machine has a tool, and if not, says in one line how to get it.
# Usage: prerequisites.sh go|node|python
set -eu

missing() {
	echo "poolsync needs $1" >&2
	exit 1
}

# at_least VERSION MAJOR MINOR
at_least() {
	major=${1%%.*}
	rest=${1#*.}
	minor=${rest%%[!0-9]*}
	test "$major" -gt "$2" || { test "$major" -eq "$2" && test "$minor" -ge "$3"; }
}

case $1 in
go)
	# Inside the module, this is the version that go.mod selects.
	version=$(go env GOVERSION 2>/dev/null) && at_least "${version#go}" 1 26 ||
		missing "Go 1.26 or newer: https://go.dev/dl/"
	;;
node)
	version=$(node -p process.versions.node 2>/dev/null) && at_least "$version" 20 0 && command -v npm >/dev/null ||
		missing "Node.js 20 or newer, with npm: https://nodejs.org/en/download"
	;;
python)
	# The versions that every package in requirements.txt is published for.
	"${PYTHON:-python3}" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null ||
		missing "Python 3.11 to 3.14, with venv: https://www.python.org/downloads/ (Debian: apt install python3-venv; to choose one: make PYTHON=python3.12)"
	;;
*)
	missing "one of go, node or python as the argument of $0, not $1"
	;;
esac

#!/bin/sh
# Writes the manifests that are generated from the Rust types into crds/; with --check compares and changes nothing.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"
cd "$root"

manifest=crds/connections.connection-operator.io.yaml
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
cargo run -q -- crd >"$fresh"
[ -s "$fresh" ] || fail "connection-operator crd printed nothing: $manifest cannot be generated."
if [ "${1:-}" = --check ]; then
    diff -u "$manifest" "$fresh" || fail "$manifest does not fit the Rust types: run make generate and commit the result."
else
    mkdir -p crds
    cp "$fresh" "$manifest"
fi

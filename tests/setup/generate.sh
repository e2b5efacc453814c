#!/bin/sh
# Writes what is generated from the Rust code, into crds/, charts/ and docs/; with --check compares and changes nothing.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"
cd "$root"

manifest=crds/connections.connection-operator.io.yaml
# Helm packs only what is in the chart's folder.
chart_copy=charts/connection-operator/files/$manifest
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
cargo run -q -- crd >"$fresh"
[ -s "$fresh" ] || fail "connection-operator crd printed nothing: $manifest cannot be generated."
if [ "${1:-}" = --check ]; then
    for copy in "$manifest" "$chart_copy"; do
        diff -u "$copy" "$fresh" || fail "$copy does not fit the Rust types: run make generate and commit the result."
    done
else
    mkdir -p crds
    cp "$fresh" "$manifest"
    cp "$fresh" "$chart_copy"
    REGENERATE=1 cargo test -q --test it docs:: >/dev/null || fail "the reference in docs/ cannot be generated: run cargo test --test it docs::"
fi

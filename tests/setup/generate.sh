#!/bin/sh
# Writes what is generated from the Rust code, into crds/ and docs/; with --check compares and changes nothing.
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
    REGENERATE=1 cargo test -q --test it -- docs:: the_list_of_runbooks >/dev/null || fail "the reference in docs/ cannot be generated: run cargo test --test it docs::"
fi

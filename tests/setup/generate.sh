#!/bin/sh
# Writes what is generated from the Rust code and from the chart, into crds/, charts/ and docs/; with --check compares
# and changes nothing.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/manifests.sh"
cd "$root"
sh tests/setup/helm.sh

crd=connections.connection-operator.io.yaml
# Helm packs only what is in the chart's folder.
packed=charts/connection-operator/files/crds/$crd
kustomize=charts/kustomize/operator.yaml
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

cargo run -q -- crd >"$fresh/crd"
[ -s "$fresh/crd" ] || fail "connection-operator crd printed nothing: crds/$crd cannot be generated."
if [ "${1:-}" != --check ]; then
    mkdir -p crds
    cp "$fresh/crd" "crds/$crd"
    cp "$fresh/crd" "$packed"
fi
{
    echo "# Generated from the chart by make generate."
    manifests connection-operator --set crds.enabled=false
} >"$fresh/kustomize"
grep -q '^kind: Deployment$' "$fresh/kustomize" || fail "helm rendered no Deployment: $kustomize cannot be generated."
if [ "${1:-}" != --check ]; then
    cp "$fresh/kustomize" "$kustomize"
    REGENERATE=1 cargo test -q --test it -- docs:: the_list_of_runbooks the_table_of_states >/dev/null || fail "the reference in docs/ cannot be generated: run cargo test --test it docs::"
else
    for copy in "crds/$crd" "$packed"; do
        diff -u "$copy" "$fresh/crd" || fail "$copy does not fit the Rust types: run make generate and commit the result."
    done
    diff -u "$kustomize" "$fresh/kustomize" || fail "$kustomize does not fit the chart: run make generate and commit the result."
fi

#!/bin/sh
# Generates files in crds/, charts/ and docs/ from the Rust code and the chart. With --check, only compares them.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/manifests.sh"
cd "$root"
sh tests/setup/helm.sh

crd=connections.connection-operator.io.yaml
# A copy, because Helm packages only files in the chart's folder.
packed=charts/connection-operator/files/crds/$crd
kustomize=charts/kustomize/operator.yaml
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

cargo run -q -- crd >"$fresh/crd"
[ -s "$fresh/crd" ] || fail "cannot generate crds/$crd: connection-operator crd printed nothing."
if [ "${1:-}" != --check ]; then
    mkdir -p crds
    cp "$fresh/crd" "crds/$crd"
    cp "$fresh/crd" "$packed"
fi
{
    echo "# Generated from the chart by make generate."
    manifests connection-operator --set crds.enabled=false
} >"$fresh/kustomize"
grep -q '^kind: Deployment$' "$fresh/kustomize" || fail "cannot generate $kustomize: helm rendered no Deployment."
if [ "${1:-}" != --check ]; then
    cp "$fresh/kustomize" "$kustomize"
    REGENERATE=1 cargo test -q --test it -- docs:: the_list_of_runbooks the_table_of_states >/dev/null || fail "cannot generate the reference in docs/: run cargo test --test it docs:: for details."
else
    for copy in "crds/$crd" "$packed"; do
        diff -u "$copy" "$fresh/crd" || fail "$copy is outdated: run make generate and commit the result."
    done
    diff -u "$kustomize" "$fresh/kustomize" || fail "$kustomize is outdated: run make generate and commit the result."
fi

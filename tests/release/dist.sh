#!/bin/sh
# dist.sh FOLDER: builds all artifacts of a release and their checksums.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/build.sh"

into=$(mkdir -p "$1" && cd "$1" && pwd)
sh "$root/tests/setup/preflight.sh" dist
sh "$root/tests/setup/helm.sh"
# Uses a temporary folder, so that the checksums cover only this release and existing files are kept.
made=$(mktemp -d)
trap 'rm -rf "$made"; clean_up' EXIT
sh "$root/tests/release/image.sh" "$made"
sh "$root/tests/release/parts.sh" "$made" "$built"
(cd "$made" && sha256sum -- * >"$into/SHA256SUMS" && cp -- * "$into/")
cd "$into"
sha256sum --check --quiet SHA256SUMS
say "==> release $version in $into"
while read -r sum file; do
    printf '    %6s  %.12s  %s\n' "$(du -h --apparent-size "$file" | cut -f1)" "$sum" "$file"
done <SHA256SUMS

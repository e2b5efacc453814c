#!/bin/sh
# dist.sh FOLDER: everything that a release holds, with checksums.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/build.sh"

into=$(mkdir -p "$1" && cd "$1" && pwd)
sh "$root/tests/setup/preflight.sh" dist
sh "$root/tests/setup/helm.sh"
# Made elsewhere, so that the checksums are of this release alone and nothing in the folder is taken away.
made=$(mktemp -d)
trap 'rm -rf "$made"; clean_up' EXIT
sh "$root/tests/release/image.sh" "$made"
sh "$root/tests/release/parts.sh" "$made" "$built"
(cd "$made" && sha256sum -- * >"$into/SHA256SUMS" && cp -- * "$into/")
cd "$into"
sha256sum --check --quiet SHA256SUMS
say "==> a release of $version in $into"
while read -r sum file; do
    printf '    %6s  %.12s  %s\n' "$(du -h --apparent-size "$file" | cut -f1)" "$sum" "$file"
done <SHA256SUMS

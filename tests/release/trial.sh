#!/bin/sh
# trial.sh: builds a release in a temporary folder and verifies its artifacts. Skips the build if buildah is neither
# installed nor installable.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/build.sh"
. "$root/tests/release/manifests.sh"

if ! command -v buildah >/dev/null 2>&1 && ! { command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; }; then
    say "==> release skipped: install buildah to build and verify it"
    exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"; clean_up' EXIT
made=$folder/release
sh "$root/tests/release/dist.sh" "$made"

(cd "$made" && sha256sum --check --strict --quiet SHA256SUMS) || fail "a checksum of the release does not match."
# shellcheck disable=SC2012
[ "$(ls "$made" | wc -l)" -eq "$(($(wc -l <"$made/SHA256SUMS") + 1))" ] || fail "a file of the release has no checksum."

chart=$made/connection-operator-$version.tgz
helm_program=${CONNECTION_OPERATOR_HELM:-$helm}
"$helm_program" lint --strict "$chart" >"$folder/lint" || { cat "$folder/lint"; fail "helm lint rejects the packaged chart: see above."; }

# install.yaml is a usage comment, the namespace, and the chart as helm renders it with default values.
{
    sed -n 1p "$made/install.yaml"
    cat "$root/charts/kustomize/namespace.yaml"
    manifests connection-operator
} >"$folder/rendered"
cmp "$folder/rendered" "$made/install.yaml" || fail "install.yaml differs from the rendered chart."

for program in $(binaries); do
    case $program in
    kubectl-*)
        mkdir "$folder/$program"
        tar --extract --gzip --file "$made/$program-$version-"*.tar.gz --directory "$folder/$program"
        [ "$(LC_ALL=C ls "$folder/$program")" = "$(printf 'LICENSE\n%s' "$program")" ] || fail "the archive of $program must contain exactly the binary and the license."
        said=$("$folder/$program/$program" --version)
        case "$said" in
        *" $version"*) say "==> $program from its archive reports: $said" ;;
        *) fail "$program from its archive reports «$said»: expected version $version." ;;
        esac
        ;;
    esac
done
say "==> release verified: checksums, chart, manifests and plugin"

#!/bin/sh
# trial.sh: makes a release in a folder that goes away, and tries what is in it. Where buildah is neither there nor can be
# installed, says so and makes none.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/build.sh"
. "$root/tests/release/manifests.sh"

if ! command -v buildah >/dev/null 2>&1 && ! { command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; }; then
    say "==> no image is built: buildah is not here; install it to have this tried too"
    exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"; clean_up' EXIT
made=$folder/release
sh "$root/tests/release/dist.sh" "$made"

(cd "$made" && sha256sum --check --strict --quiet SHA256SUMS) || fail "a checksum of the release does not fit."
# shellcheck disable=SC2012
[ "$(ls "$made" | wc -l)" -eq "$(($(wc -l <"$made/SHA256SUMS") + 1))" ] || fail "a file of the release has no checksum."

chart=$made/connection-operator-$version.tgz
helm_program=${CONNECTION_OPERATOR_HELM:-$helm}
"$helm_program" lint --strict "$chart" >"$folder/lint" || { cat "$folder/lint"; fail "helm finds fault with the packed chart: see above."; }

# What is installed without helm is what helm installs by default, after a line that says how and the namespace.
{
    sed -n 1p "$made/install.yaml"
    cat "$root/charts/kustomize/namespace.yaml"
    manifests connection-operator
} >"$folder/rendered"
cmp "$folder/rendered" "$made/install.yaml" || fail "install.yaml is not what the chart renders."

for program in $(binaries); do
    case $program in
    kubectl-*)
        mkdir "$folder/$program"
        tar --extract --gzip --file "$made/$program-$version-"*.tar.gz --directory "$folder/$program"
        [ "$(LC_ALL=C ls "$folder/$program")" = "$(printf 'LICENSE\n%s' "$program")" ] || fail "the archive of $program holds more or less than the program and the licence."
        said=$("$folder/$program/$program" --version)
        case "$said" in
        *" $version"*) say "==> $program of its archive says: $said" ;;
        *) fail "$program of its archive says «$said», where version $version is right." ;;
        esac
        ;;
    esac
done
say "==> the release is whole: checksums, chart, manifests and plugin fit"

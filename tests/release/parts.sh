#!/bin/sh
# parts.sh FOLDER PROGRAMS: writes the artifacts of a release other than the image to the folder: the packaged chart,
# manifests, and an archive and a krew manifest for each kubectl plugin in the folder PROGRAMS. The output is
# reproducible.
#
# RELEASE_URL sets the URL of the release files in the krew manifest.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/build.sh"
. "$root/tests/release/manifests.sh"

into=$(mkdir -p "$1" && cd "$1" && pwd)
programs=$2
helm_program=${CONNECTION_OPERATOR_HELM:-$helm}
url=${RELEASE_URL:-https://example.com/connection-operator/v$version}
work=$(mktemp -d)
trap 'rm -rf "$work"; clean_up' EXIT

# pack ARCHIVE FOLDER ENTRY…
pack() {
    packed=$1
    folder=$2
    shift 2
    tar --create --directory "$folder" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
        --mode=u+w,go-w,a+rX --format=gnu "$@" | gzip --no-name --best >"$packed"
}

chart() {
    # Repacked, because the archive that helm creates contains the current time.
    "$helm_program" package "$root/charts/connection-operator" --destination "$work" >/dev/null
    mkdir "$work/chart"
    tar --extract --touch --gzip --file "$work/connection-operator-$version.tgz" --directory "$work/chart"
    pack "$into/connection-operator-$version.tgz" "$work/chart" connection-operator
}

install_manifest() {
    {
        echo "# connection-operator $version: kubectl apply --server-side -f install.yaml"
        cat "$root/charts/kustomize/namespace.yaml"
        manifests connection-operator
    } >"$into/install.yaml"
}

# plugin NAME
plugin() {
    system=$(uname -s | tr '[:upper:]' '[:lower:]')
    case $(uname -m) in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) architecture=$(uname -m) ;;
    esac
    archive=$1-$version-$system-$architecture.tar.gz
    mkdir -p "$work/$1"
    cp "$programs/$1" "$root/LICENSE" "$work/$1/"
    chmod 0755 "$work/$1/$1"
    chmod 0644 "$work/$1/LICENSE"
    pack "$into/$archive" "$work/$1" LICENSE "$1"
    cat >"$into/${1#kubectl-}.krew.yaml" <<YAML
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: ${1#kubectl-}
spec:
  version: v$version
  shortDescription: Inspect, authorize and renew OAuth 2.0 connections
  description: |
    Manages the Connections of connection-operator: shows the state and the next step of their
    tokens, starts the user's consent, renews tokens, and checks keystores and manifests.
  platforms:
    - selector:
        matchLabels: { os: $system, arch: $architecture }
      uri: $url/$archive
      sha256: $(sha256sum "$into/$archive" | cut -d' ' -f1)
      bin: $1
      files:
        - { from: $1, to: . }
        - { from: LICENSE, to: . }
YAML
}

chart
install_manifest
for program in $(binaries); do
    case $program in
    kubectl-*) plugin "$program" ;;
    esac
done

#!/bin/sh
# image.sh FOLDER: builds the image from scratch with the static binary, writes its archives and bill of materials to the
# folder, and starts the image.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/setup/progress.sh"
. "$root/tests/release/build.sh"
. "$root/tests/release/probe.sh"

into=$(mkdir -p "$1" && cd "$1" && pwd)
sh "$root/tests/setup/preflight.sh" image
sh "$root/tests/setup/cargo-tools.sh" release
long_step "building the binaries of $version for $musl" "10 to 20 minutes on two cores" build_binaries

work=$(mktemp -d)
# A separate store with the vfs driver, which needs no daemon, no registry and no overlay file system.
store="--root $work/root --runroot $work/run --storage-driver vfs"
# shellcheck disable=SC2086
images() { buildah $store "$@"; }
finish() {
    [ -z "${container:-}" ] || images rm "$container" >/dev/null 2>&1 || true
    rm -rf "$work"
    clean_up
}
trap finish EXIT
export BUILDAH_ISOLATION=chroot

program=connection-operator
image=$program:$version
container=$(images from scratch)
images copy --quiet --chmod 0755 "$container" "$built/$program" /$program >/dev/null
images copy --quiet --chmod 0644 "$container" "$root/LICENSE" /LICENSE >/dev/null
images config --user 65532:65532 --entrypoint "[\"/$program\"]" --cmd run --workingdir / \
    --label "org.opencontainers.image.title=$program" \
    --label "org.opencontainers.image.description=OAuth 2.0 connections for Kubernetes" \
    --label "org.opencontainers.image.licenses=Apache-2.0" \
    --label "org.opencontainers.image.version=$version" \
    --label "org.opencontainers.image.revision=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)" \
    "$container"
images commit --quiet --timestamp "$SOURCE_DATE_EPOCH" "$container" "$image" >/dev/null

# docker, podman, kind, k3s and minikube load the docker archive. Tools that support only OCI load the OCI archive.
archive=$into/$program-$version-image.tar
oci_archive=$into/$program-$version-image.oci.tar
rm -f "$archive" "$oci_archive"
images push --quiet "$image" "docker-archive:$archive:$image"
images push --quiet "$image" "oci-archive:$oci_archive:$image"
sbom "$into/$program-$version.cdx.json"

probe "$container"

say "==> image $image"
say "    $(size "$archive") $archive"
say "    $(size "$oci_archive") $oci_archive"
say "    $(size "$built/$program") static binary in the image"
say "    bill of materials: $into/$program-$version.cdx.json ($(grep -c '"purl"' "$into/$program-$version.cdx.json") components)"

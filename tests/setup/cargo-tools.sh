#!/bin/sh
# cargo-tools.sh test|release: installs pinned versions of the cargo tools for tests or releases in CACHE. Ignores tools
# on the PATH.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

fill() {
    long_step "installing $1 $2" "3 to 6 minutes on two cores" \
        env CARGO_TARGET_DIR="$3/build" cargo install "$1" --version "$2" --locked --root "$3"
    rm -rf "$3/build"
}

# tool NAME VERSION
tool() { make_folder "$CACHE/tools/$1-$2" fill "$1" "$2"; }

case $1 in
test)
    tool cargo-deny "$cargo_deny_version"
    tool cargo-cyclonedx "$cargo_cyclonedx_version"
    tool cargo-machete "$cargo_machete_version"
    ;;
release)
    tool cargo-auditable "$cargo_auditable_version"
    tool cargo-cyclonedx "$cargo_cyclonedx_version"
    ;;
esac

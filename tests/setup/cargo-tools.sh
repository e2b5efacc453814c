#!/bin/sh
# Installs the pinned cargo-deny beside the other caches; the one on the PATH, of whatever version, is left alone.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

fill() {
    long_step "installing cargo-deny $cargo_deny_version" "3 to 6 minutes on two cores" \
        env CARGO_TARGET_DIR="$1/build" cargo install cargo-deny --version "$cargo_deny_version" --locked --root "$1"
    rm -rf "$1/build"
}

make_folder "$CACHE/tools/cargo-deny-$cargo_deny_version" fill

#!/bin/sh
# setup.sh demo|test: gets everything that `make demo` or `make test` needs; quick where it is there.
set -eu
folder=$(dirname -- "$0")
sh "$folder/preflight.sh" "$1"
sh "$folder/control-plane.sh"
if [ "$1" = test ]; then
    sh "$folder/helm.sh"
    sh "$folder/argocd.sh"
    sh "$folder/cargo-tools.sh" test
    sh "$folder/servers.sh"
fi

# Cargo tells the workspace's own crates apart by their place in it alone: what another checkout built in the same
# folder would pass for this one's.
. "$folder/paths.sh"
cd "$root"
mark=$CARGO_TARGET_DIR/checkout
if [ -d "$CARGO_TARGET_DIR" ] && [ "$(cat "$mark" 2>/dev/null)" != "$root" ]; then
    for profile in dev release; do
        cargo clean --quiet --profile "$profile" --workspace
    done
fi
mkdir -p "$CARGO_TARGET_DIR"
printf '%s' "$root" >"$mark"

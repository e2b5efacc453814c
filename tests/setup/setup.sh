#!/bin/sh
# setup.sh demo|test: installs or builds the prerequisites of `make demo` or `make test`. Fast if they are cached.
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

# Cargo identifies workspace crates only by their path in the workspace, so it would reuse crates that another checkout
# built in the same target folder.
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

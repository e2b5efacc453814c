#!/bin/sh
# Runs all checks and tests, the fastest first. Stops at the first failure.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"
cd "$root"
# Failing tests explain the failure in their message.
export RUST_BACKTRACE=0
eval "$(sh tests/setup/env.sh)"

began=$(date +%s)
elapsed() {
    seconds=$(($(date +%s) - began))
    printf '%d min %02d s' $((seconds / 60)) $((seconds % 60))
}

# check WHAT COMMAND…: runs one step and prints the time since the start.
check() {
    what=$1
    shift
    say "==> [$(elapsed)] $what"
    "$@" || fail "==> [$(elapsed)] failed: $what"
}

check "format" cargo fmt --all --check
check "lint" cargo clippy --quiet --workspace --all-targets -- -D warnings
check "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items
check "licenses, banned crates, sources" "$cargo_deny" --log-level error check bans licenses sources
check "unused dependencies" "$cargo_machete" .
# Not blocking, because the advisory database may be unreachable. Findings are printed.
say "==> [$(elapsed)] security advisories (not blocking)"
"$cargo_deny" --log-level error check advisories || say "    advisories not checked, or findings reported: see above"
check "generated files" sh tests/setup/generate.sh --check
check "unit, architecture and integration tests" cargo test --workspace
check "demo" cargo run -q --example demo -- --once
say "==> all passed in $(elapsed)"

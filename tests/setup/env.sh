#!/bin/sh
# Prints the environment that `make` gives to the tests, for a shell: eval "$(make -s env)", then `cargo test` by hand.
set -eu
. "$(dirname -- "$0")/paths.sh"

# Single quotes around the value, so that any path survives the eval.
variable() { printf "export %s='%s'\n" "$1" "$(printf %s "$2" | sed "s/'/'\\\\''/g")"; }

variable CARGO_TARGET_DIR "$CARGO_TARGET_DIR"
variable KUBEBUILDER_ASSETS "${KUBEBUILDER_ASSETS:-$control_plane}"
[ -z "$python_environment" ] || variable CONNECTION_OPERATOR_PYTHON "$python_environment/bin/python"
[ -z "$node_environment" ] || variable CONNECTION_OPERATOR_NODE_MODULES "$node_environment/node_modules"
variable CONNECTION_OPERATOR_HELM "${CONNECTION_OPERATOR_HELM:-$helm}"
variable CONNECTION_OPERATOR_ARGOCD_HEALTH "$argocd_health"
# The tests mostly wait; with a thread for each core they would wait one after another.
variable RUST_TEST_THREADS "${RUST_TEST_THREADS:-8}"

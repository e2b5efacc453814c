#!/bin/sh
# Prints the environment variables that `make` sets for the tests. Run eval "$(make -s env)" before `cargo test`.
set -eu
. "$(dirname -- "$0")/paths.sh"

# Single-quotes the value, so that eval preserves any path.
variable() { printf "export %s='%s'\n" "$1" "$(printf %s "$2" | sed "s/'/'\\\\''/g")"; }

variable CARGO_TARGET_DIR "$CARGO_TARGET_DIR"
variable KUBEBUILDER_ASSETS "${KUBEBUILDER_ASSETS:-$control_plane}"
[ -z "$python_environment" ] || variable CONNECTION_OPERATOR_PYTHON "$python_environment/bin/python"
[ -z "$node_environment" ] || variable CONNECTION_OPERATOR_NODE_MODULES "$node_environment/node_modules"
variable CONNECTION_OPERATOR_HELM "${CONNECTION_OPERATOR_HELM:-$helm}"
variable CONNECTION_OPERATOR_ARGOCD_HEALTH "$argocd_health"
# More threads than cores, because the tests mostly wait.
variable RUST_TEST_THREADS "${RUST_TEST_THREADS:-8}"

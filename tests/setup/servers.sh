#!/bin/sh
# Installs the dependencies of the authorization servers for the tests: a Python environment and a node_modules folder.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

python_packages() {
    python3 -m venv "$1"
    "$1/bin/python" -m pip install --disable-pip-version-check --no-input -r "$python_server/requirements.txt"
}

node_packages() {
    cp "$node_server/package.json" "$node_server/package-lock.json" "$1/"
    npm ci --prefix "$1" --no-audit --no-fund
}

fill_python() { long_step "installing the Python packages of the test servers" "20 seconds" python_packages "$1"; }
fill_node() { long_step "installing the Node packages of the test servers" "20 seconds" node_packages "$1"; }

[ -z "$python_environment" ] || make_folder "$python_environment" fill_python
[ -z "$node_environment" ] || make_folder "$node_environment" fill_node

#!/bin/sh
# setup.sh demo|test: gets everything that `make demo` or `make test` needs; quick where it is there.
set -eu
folder=$(dirname -- "$0")
sh "$folder/preflight.sh" "$1"
sh "$folder/control-plane.sh"
if [ "$1" = test ]; then
    sh "$folder/cargo-tools.sh"
    sh "$folder/servers.sh"
fi

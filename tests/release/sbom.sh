#!/bin/sh
# sbom.sh FILE: writes the bill of materials of a release.
set -eu
. "$(dirname -- "$0")/../setup/paths.sh"
. "$root/tests/release/build.sh"
sbom "$1"

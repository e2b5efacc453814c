#!/bin/sh
# Builds the runner of Argo CD health checks from the Go module in tests/argocd. Does nothing if it is cached.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

fill() {
    (cd "$argocd_module" && go build -trimpath -buildvcs=false -o "$1/" .)
}

make_folder "$(dirname "$argocd_health")" fill

#!/bin/sh
# Builds helm from the Go module pinned in tests/helm, a module of its own because its Kubernetes libraries differ from
# those of the control plane. Does nothing where CONNECTION_OPERATOR_HELM names a helm, or where it is in the cache.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

build() {
    # Without these it takes the cluster for one of Kubernetes 1.20, and refuses charts that ask for a newer one.
    minor=$(sed -n 's|^[[:space:]]*k8s.io/client-go v0\.\([0-9]*\)\..*|\1|p' "$helm_module/go.mod")
    library=helm.sh/helm/v3/pkg
    flags="-s -w -X helm.sh/helm/v3/internal/version.version=$helm_version"
    for package in lint/rules chartutil; do
        flags="$flags -X $library/$package.k8sVersionMajor=1 -X $library/$package.k8sVersionMinor=$minor"
    done
    cd "$helm_module"
    go build -trimpath -buildvcs=false -ldflags "$flags" -o "$1/" tool
}

fill() {
    long_step "building helm $helm_version from its Go module" "2 to 4 minutes on two cores" build "$1"
}

if [ -n "${CONNECTION_OPERATOR_HELM:-}" ]; then
    [ -x "$CONNECTION_OPERATOR_HELM" ] ||
        fail "CONNECTION_OPERATOR_HELM is $CONNECTION_OPERATOR_HELM, which is no program: put helm 3 there, or unset it to have helm built."
else
    make_folder "$(dirname "$helm")" fill
fi

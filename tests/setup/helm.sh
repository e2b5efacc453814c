#!/bin/sh
# Builds helm from the Go module pinned in tests/helm. It is a separate module, because helm and the control plane need
# different versions of the Kubernetes libraries. Does nothing if CONNECTION_OPERATOR_HELM is set or helm is cached.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

build() {
    # Without these flags, helm assumes Kubernetes 1.20 and rejects charts that require a newer version.
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
        fail "CONNECTION_OPERATOR_HELM=$CONNECTION_OPERATOR_HELM is not executable: set it to a helm 3 binary, or unset it to build helm."
else
    make_folder "$(dirname "$helm")" fill
fi

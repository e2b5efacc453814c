#!/bin/sh
# Builds etcd, kube-apiserver, kube-controller-manager and kubectl from the Go modules pinned in tests/controlplane.
# Does nothing if KUBEBUILDER_ASSETS is set to a folder that contains them, or if they are cached.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

build() {
    bare=${kubernetes_version#v}
    major=${bare%%.*}
    minor=${bare#*.}
    minor=${minor%%.*}
    version=k8s.io/component-base/version
    # The version is linked in, because clients parse the server's version.
    # -buildvcs=false: the binaries must not depend on the state of the checkout.
    cd "$control_plane_module"
    go build -trimpath -buildvcs=false \
        -ldflags "-s -w -X $version.gitVersion=$kubernetes_version -X $version.gitMajor=$major -X $version.gitMinor=$minor" \
        -o "$1/" tool
    mv "$1/server" "$1/etcd"
}

fill() {
    long_step "building the Kubernetes $kubernetes_version control plane from Go modules" "4 to 8 minutes on two cores" \
        build "$1"
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    for program in etcd kube-apiserver kubectl; do
        [ -x "$KUBEBUILDER_ASSETS/$program" ] ||
            fail "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS does not contain $program: add it, or unset KUBEBUILDER_ASSETS to build it."
    done
else
    make_folder "$control_plane" fill
fi

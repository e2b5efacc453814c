#!/bin/sh
# Builds etcd, kube-apiserver, kube-controller-manager and kubectl from the Go modules pinned in tests/controlplane.
# Does nothing where KUBEBUILDER_ASSETS names a folder that has them, or where they are in the cache.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

build() {
    bare=${kubernetes_version#v}
    major=${bare%%.*}
    minor=${bare#*.}
    minor=${minor%%.*}
    version=k8s.io/component-base/version
    # Without the version linked in, everything that parses the server's version fails.
    # -buildvcs: nothing of the checkout goes into the binaries.
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
            fail "KUBEBUILDER_ASSETS is $KUBEBUILDER_ASSETS, which has no program $program: put it there, or unset KUBEBUILDER_ASSETS to have it built."
    done
else
    make_folder "$control_plane" fill
fi

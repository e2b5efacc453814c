# Sourced by other scripts. Paths of build output and downloads, all outside the checkout. Folder names contain the
# version or a fingerprint of the inputs, so that a changed pin uses a new folder.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
CACHE=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/connection-operator}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
export CARGO_TARGET_DIR

cargo_deny_version=0.20.2
cargo_auditable_version=0.7.7
cargo_cyclonedx_version=0.5.9
cargo_machete_version=0.9.1
# cargo_tool NAME VERSION: path of an installed cargo tool.
cargo_tool() { printf '%s' "$CACHE/tools/$1-$2/bin/$1"; }
cargo_deny=$(cargo_tool cargo-deny "$cargo_deny_version")
cargo_machete=$(cargo_tool cargo-machete "$cargo_machete_version")
cargo_auditable=$(cargo_tool cargo-auditable "$cargo_auditable_version")
cargo_cyclonedx=$(cargo_tool cargo-cyclonedx "$cargo_cyclonedx_version")

# fingerprint FILE…: the first 12 hexadecimal digits of the SHA-256 of the files.
fingerprint() {
    if command -v sha256sum >/dev/null 2>&1; then
        cat "$@" | sha256sum | cut -c1-12
    else
        cat "$@" | shasum -a 256 | cut -c1-12
    fi
}

# Target of release builds: the architecture of this machine, statically linked.
musl=$(uname -m)-unknown-linux-musl

control_plane_module=$root/tests/controlplane
kubernetes_version=$(sed -n 's|^[[:space:]]*k8s.io/kubernetes \(v[0-9.]*\).*|\1|p' "$control_plane_module/go.mod")
control_plane=$CACHE/control-plane/$kubernetes_version-$(fingerprint "$control_plane_module/go.mod" "$control_plane_module/go.sum")

helm_module=$root/tests/helm
helm_version=$(sed -n 's|^[[:space:]]*helm.sh/helm/v3 \(v[0-9.]*\).*|\1|p' "$helm_module/go.mod")
helm=$CACHE/tools/helm-$helm_version-$(fingerprint "$helm_module/go.mod" "$helm_module/go.sum")/helm

python_server=$root/tests/servers/authlib
node_server=$root/tests/servers/oidc-provider
python_environment=
node_environment=
if [ -f "$python_server/requirements.txt" ]; then
    python_environment=$CACHE/python/$(fingerprint "$python_server/requirements.txt")
fi
if [ -f "$node_server/package-lock.json" ]; then
    node_environment=$CACHE/node/$(fingerprint "$node_server/package-lock.json")
fi

argocd_module=$root/tests/argocd
argocd_health=$CACHE/tools/argocd-$(fingerprint "$argocd_module/main.go" "$argocd_module/go.mod" "$argocd_module/go.sum")/argocd

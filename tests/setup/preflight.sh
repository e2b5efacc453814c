#!/bin/sh
# preflight.sh demo|test|image|dist: lists all missing tools and how to install them. As root on a system with apt-get,
# installs the missing system packages. Does not upgrade installed packages.
set -eu
. "$(dirname -- "$0")/paths.sh"
. "$root/tests/setup/progress.sh"

rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
go_wanted=$(sed -n 's/^go \([0-9.]*\)$/\1/p' "$control_plane_module/go.mod")

# at_least VERSION MINIMUM: compares dotted version numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]; }

has() { command -v "$1" >/dev/null 2>&1; }
rust_fits() { has cargo && has rustc && at_least "$(rustc --version | cut -d' ' -f2 | cut -d- -f1)" "$rust_wanted"; }
rust_lints() { cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; }
# Go 1.21 and newer download the toolchain that go.mod requires.
go_fits() { has go && at_least "$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*//')" 1.21; }
node_fits() { has node && at_least "$(node --version | sed 's/^v//')" 20.0.0; }
# Servers are often installed in folders that are only on root's PATH.
serves() { (PATH=$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin && has "$1"); }
musl_target() { [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$musl" ]; }
keytool_runs() { has keytool && keytool -help >/dev/null 2>&1; }
browses() { has chromium || has chromium-browser || has google-chrome || has google-chrome-stable; }
python_fits() { has python3 && python3 -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

missing=
packages=
# need CHECK REMEDY [PACKAGE…]: records a missing tool and the apt packages that provide it.
need() {
    check=$1
    remedy=$2
    shift 2
    if ! eval "$check"; then
        missing="$missing
  - $remedy"
        packages="$packages $*"
    fi
}

look() {
    missing=
    packages=
    need rust_fits "Rust $rust_wanted or newer (cargo, rustc): install rustup, then run: rustup toolchain install stable"
    if [ "$1" = image ]; then
        : # The image needs no Go.
    elif [ "$1" != dist ] && [ -z "${KUBEBUILDER_ASSETS:-}" ]; then
        need go_fits "Go $go_wanted or newer (1.21 is enough if it can download the newer toolchain): see go.dev/doc/install; or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl"
    elif [ "$1" != demo ] && [ -z "${CONNECTION_OPERATOR_HELM:-}" ]; then
        need go_fits "Go $go_wanted or newer: see go.dev/doc/install; or set CONNECTION_OPERATOR_HELM to a helm 3 binary"
    fi
    need "has cc" "a C compiler (cc): install gcc or clang" gcc libc6-dev
    case $1 in
    image | dist)
        need musl_target "Rust's standard library for $musl: run: rustup target add $musl"
        need "has musl-gcc" "a C compiler for musl (musl-gcc): install musl-tools" musl-tools
        need "has cmake" "cmake: install cmake" cmake
        need "has buildah" "buildah: install buildah" buildah
        ;;
    esac
    [ "$1" = test ] || return 0
    if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -n "${CONNECTION_OPERATOR_HELM:-}" ]; then
        need go_fits "Go $go_wanted or newer, for Argo CD's interpreter: see go.dev/doc/install"
    fi
    need rust_lints "rustfmt and clippy: run: rustup component add rustfmt clippy"
    need keytool_runs "a JDK with keytool: install OpenJDK 17 or newer" default-jre-headless
    need "has openssl" "openssl: install the openssl command" openssl
    need python_fits "Python 3.10 or newer with venv and ensurepip: install python3 and python3-venv" python3 python3-venv
    need node_fits "Node 20 or newer: see nodejs.org/download" nodejs
    need "has npm" "npm: install Node with npm" npm
    need browses "Chromium: install chromium" chromium
    need "has chromedriver" "chromedriver of the same version as Chromium: install chromium-driver" chromium-driver
    need "serves nginx" "nginx: install nginx-light or nginx" nginx-light
    need "serves squid" "squid: install squid" squid
    need "serves microsocks" "microsocks: install microsocks" microsocks
    need "has promtool" "promtool: install prometheus" prometheus
    need "has zsh" "zsh: install zsh" zsh
    need "has fish" "fish: install fish" fish
}

install_packages() {
    apt-get update
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-upgrade $packages
}

# rustup installs the target for the installed compiler. If that fails, the list below reports it.
case $1 in
image | dist) ! has rustup || musl_target || rustup target add "$musl" || true ;;
esac
look "$1"
if [ -n "$packages" ] && has apt-get && [ "$(id -u)" -eq 0 ]; then
    long_step "installing system packages:$packages" "half a minute" install_packages
    look "$1"
fi
[ -z "$missing" ] || fail "make $1 requires missing tools:$missing"

# Sourced by other scripts. Builds the static binaries of a release, with the list of dependencies embedded.

# Names of the binaries in a release.
binaries() { printf '%s\n' connection-operator kubectl-connection; }

# Folder of the built binaries.
built=$CARGO_TARGET_DIR/$musl/release

# The commit time, for reproducible builds.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)
fi
export SOURCE_DATE_EPOCH
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)

# Builds the binaries without absolute paths of this machine.
build_binaries() (
    cargo_home=${CARGO_HOME:-$HOME/.cargo}
    name=$(printf %s "$musl" | tr - _)
    upper=$(printf %s "$name" | tr '[:lower:]' '[:upper:]')
    export "CC_$name=musl-gcc" "CFLAGS_$name=-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$CARGO_TARGET_DIR=/target"
    export "CARGO_TARGET_${upper}_RUSTFLAGS=--remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$root=/source"
    PATH=$(dirname "$cargo_auditable"):$PATH
    cd "$root"
    cargo auditable build --release --locked --workspace --bins --target "$musl"
)

# sbom FILE: writes the bill of materials in CycloneDX JSON format.
sbom() (
    # The tool writes next to each Cargo.toml. It works on copies, so that the checkout does not change.
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    cp "$root/Cargo.toml" "$root/Cargo.lock" "$copy/"
    ln -s "$root/src" "$copy/src"
    for member in crates/connection-core crates/connection-client crates/kubectl-connection tests/rig; do
        mkdir -p "$copy/$member"
        cp "$root/$member/Cargo.toml" "$copy/$member/"
        ln -s "$root/$member/src" "$copy/$member/src"
    done
    PATH=$(dirname "$cargo_cyclonedx"):$PATH
    cd "$copy"
    cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$musl" --override-filename sbom
    sed "s|path+file://$copy|path+file:///source|g" sbom.json >"$1"
)

# Sourced: the programs of a release, static, with the list of their dependencies inside.

# The programs of a release.
binaries() { printf '%s\n' connection-operator kubectl-connection; }

# Where the built ones are.
built=$CARGO_TARGET_DIR/$musl/release

# The time of the commit, so that the same source gives the same files.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)
fi
export SOURCE_DATE_EPOCH
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)

# Builds them. Nothing of this machine's folders stays in them.
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

# sbom FILE: writes the bill of materials, CycloneDX as JSON.
sbom() (
    # The tool writes beside each Cargo.toml: here beside copies, so that the checkout stays as it is.
    beside=$(mktemp -d)
    trap 'rm -rf "$beside"' EXIT
    cp "$root/Cargo.toml" "$root/Cargo.lock" "$beside/"
    ln -s "$root/src" "$beside/src"
    for member in crates/connection-core crates/connection-client crates/kubectl-connection tests/rig; do
        mkdir -p "$beside/$member"
        cp "$root/$member/Cargo.toml" "$beside/$member/"
        ln -s "$root/$member/src" "$beside/$member/src"
    done
    PATH=$(dirname "$cargo_cyclonedx"):$PATH
    cd "$beside"
    cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$musl" --override-filename sbom
    sed "s|path+file://$beside|path+file:///source|g" sbom.json >"$1"
)

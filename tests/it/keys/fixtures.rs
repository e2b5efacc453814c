//! Keystores, created once for all tests by openssl and the JDK, and kept in memory.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;

pub const STORE: &str = "storepw12";
pub const KEY: &str = "keypw9876";
pub const NON_ASCII: &str = "pässwörd€1";

/// Returns a fixture's bytes.
pub fn bytes(file: &str) -> Vec<u8> {
    static FILES: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(make);
    FILES.get(file).unwrap_or_else(|| panic!("there is no fixture {file}")).clone()
}

/// Runs a program in a directory with something on its standard input; returns its output.
pub fn run(dir: &Path, program: &str, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; install openssl and a JDK"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let command: Vec<_> = arguments.iter().map(|argument| argument.as_ref().display()).collect();
    assert!(
        output.status.success(),
        "{program} {command:?}: {stderr}{}",
        output.stdout.escape_ascii()
    );
    output.stdout
}

fn make() -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    openssl_keys(path);
    openssl_encrypted(path);
    openssl_chain(path);
    openssl_pkcs12(path);
    jdk(path);
    let files = fs::read_dir(path).unwrap().map(Result::unwrap);
    files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect()
}

/// Runs `openssl` with arguments separated by blanks.
fn openssl(dir: &Path, words: &str) {
    let words: Vec<_> = words.split_whitespace().collect();
    run(dir, "openssl", &words, b"");
}

fn openssl_keys(dir: &Path) {
    for (name, options) in [
        ("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"),
        ("rsa3072", "RSA -pkeyopt rsa_keygen_bits:3072"),
        ("rsa1024", "RSA -pkeyopt rsa_keygen_bits:1024"),
        ("rsapss", "RSA-PSS -pkeyopt rsa_keygen_bits:2048"),
        ("p256", "EC -pkeyopt ec_paramgen_curve:P-256"),
        ("p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
        ("p521", "EC -pkeyopt ec_paramgen_curve:P-521"),
        ("k256", "EC -pkeyopt ec_paramgen_curve:secp256k1"),
        ("explicit", "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit"),
        ("ed25519", "ED25519"),
        ("ed448", "ED448"),
    ] {
        openssl(dir, &format!("genpkey -algorithm {options} -out {name}.p8.pem"));
        openssl(dir, &format!("req -x509 -key {name}.p8.pem -subj /CN={name} -out {name}.crt.pem"));
    }
    openssl(dir, "rsa -in rsa.p8.pem -traditional -out rsa.p1.pem");
    openssl(dir, "rsa -in rsa.p8.pem -traditional -aes128 -passout pass:x -out rsa.dek.pem");
    for curve in ["p256", "p384", "p521"] {
        openssl(dir, &format!("ec -in {curve}.p8.pem -out {curve}.sec1.pem"));
    }
    openssl(dir, "ecparam -name prime256v1 -genkey -out params.sec1.pem");
    openssl(dir, "pkcs8 -topk8 -nocrypt -in rsa.p8.pem -outform DER -out rsa.p8.der");
}

fn openssl_encrypted(dir: &Path) {
    let legacy = "-provider legacy -provider default";
    for (name, options) in [
        ("default", ""),
        ("aes128sha1", "-v2 aes-128-cbc -v2prf hmacWithSHA1"),
        ("aes192sha512", "-v2 aes-192-cbc -v2prf hmacWithSHA512"),
        ("des3", "-v2 des3"),
        ("scrypt", "-scrypt"),
        ("pbe3des", "-v1 PBE-SHA1-3DES"),
        ("pberc2", &format!("-v1 PBE-SHA1-RC2-40 {legacy}")),
        ("pbemd5", &format!("-v1 PBE-MD5-DES {legacy}")),
        ("costly", "-iter 2000001"),
    ] {
        let out = format!("-passout pass:{KEY} -out enc.{name}.pem");
        openssl(dir, &format!("pkcs8 -topk8 -in p256.p8.pem {options} {out}"));
    }
}

/// Creates a root, an intermediate issuer, and a leaf in X.509 version 1.
fn openssl_chain(dir: &Path) {
    fs::write(dir.join("ca.ext"), "basicConstraints=critical,CA:TRUE").unwrap();
    openssl(dir, "req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj /CN=root -out root.crt");
    openssl(dir, "req -new -key p384.p8.pem -subj /CN=issuer -out issuer.csr");
    let by = |ca: &str, key: &str| format!("-CA {ca} -CAkey {key} -set_serial 7 -days 30");
    let root = by("root.crt", "root.key");
    openssl(dir, &format!("x509 -req -in issuer.csr {root} -extfile ca.ext -out issuer.crt"));
    openssl(dir, "req -new -key rsa.p8.pem -subj /CN=leaf/O=Tests -out leaf.csr");
    let issuer = by("issuer.crt", "p384.p8.pem");
    openssl(dir, &format!("x509 -req -in leaf.csr {issuer} -out leaf.crt"));
    let read = |file: &str| fs::read(dir.join(file)).unwrap();
    // Issuers in the wrong order, after an unrelated certificate.
    let pool = [read("rsa.crt.pem"), read("root.crt"), read("issuer.crt")].concat();
    fs::write(dir.join("pool.pem"), pool).unwrap();
}

fn openssl_pkcs12(dir: &Path) {
    let stronger = "-keypbe aes-128-cbc -certpbe aes-192-cbc -macalg sha512";
    for (name, options) in [
        ("default", "-name LeafAlias"),
        ("legacy", "-legacy -name LeafAlias"),
        ("aes128sha512", stronger),
        ("sha384", "-macalg sha384"),
        ("sha224", "-macalg sha224"),
        ("certnone", "-certpbe NONE"),
        ("nomac", "-nomac -keypbe aes-256-cbc -certpbe aes-256-cbc"),
        ("des3", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"),
        ("des2", "-legacy -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-2DES"),
        ("rc2128", "-legacy -keypbe PBE-SHA1-RC2-128 -certpbe PBE-SHA1-RC2-128"),
        ("rc4", "-legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128"),
        ("rc4key", "-legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-3DES"),
        ("iter100000", "-iter 100000"),
        ("costly", "-iter 1100000"),
        ("nomaciter", "-nomaciter"),
    ] {
        let from = "-inkey rsa.p8.pem -in leaf.crt -certfile pool.pem";
        let to = format!("-passout pass:{STORE} -out ossl.{name}.p12");
        openssl(dir, &format!("pkcs12 -export {from} {options} {to}"));
    }
    let plain = "-keypbe NONE -certpbe NONE -nomac -passout pass:";
    openssl(dir, &format!("pkcs12 -export -inkey rsa.p8.pem -in leaf.crt {plain} -out plain.p12"));
    openssl(dir, "pkcs12 -export -inkey rsa.p8.pem -in leaf.crt -passout pass: -out emptypw.p12");
    let to = format!("-passout pass:{STORE} -out certsonly.p12");
    openssl(dir, &format!("pkcs12 -export -nokeys -in pool.pem {to}"));
    let from = format!("-in ossl.default.p12 -passin pass:{STORE}");
    openssl(dir, &format!("pkcs12 {from} -nodes -out bags.pem"));
    let to = format!("-passout pass:{NON_ASCII} -out utf8.p12");
    let legacy = "-legacy -name k";
    openssl(dir, &format!("pkcs12 -export -inkey p256.p8.pem -in p256.crt.pem {legacy} {to}"));
    let to = format!("-passout pass:{STORE} -out weak.p12");
    openssl(dir, &format!("pkcs12 -export -inkey rsa1024.p8.pem -in rsa1024.crt.pem {to}"));
}

/// Creates keystores with the JDK, most of them with `keytool`.
fn jdk(dir: &Path) {
    fs::write(dir.join("Stores.java"), include_str!("Stores.java")).unwrap();
    let export = "--add-exports=java.base/sun.security.tools.keytool=ALL-UNNAMED";
    let commands = keytool_commands().join("\n");
    run(dir, "java", &[export, "Stores.java", STORE, KEY], commands.as_bytes());
    // Java before version 16 encrypts keys with 3DES and certificates with RC2.
    let legacy = "-J-Dkeystore.pkcs12.legacy -importkeystore -noprompt -srcalias ec256";
    let from = format!("-srckeystore multi.p12 -srcstorepass {STORE}");
    let to = format!("-destkeystore jdklegacy.p12 -deststoretype PKCS12 -deststorepass {STORE}");
    let command = format!("{legacy} {from} {to}");
    run(dir, "keytool", &command.split(' ').collect::<Vec<_>>(), b"");
}

fn keytool_commands() -> Vec<String> {
    let mut commands = Vec::new();
    let kinds = [
        ("rsa2048", "RSA -keysize 2048"),
        ("ec256", "EC -groupname secp256r1"),
        ("ec384", "EC -groupname secp384r1"),
        ("ed25519", "Ed25519"),
        ("MixedCase", "EC -groupname secp256r1"),
    ];
    for (file, kind, key) in
        [("multi.p12", "PKCS12", STORE), ("multi.jks", "JKS", KEY), ("multi.jceks", "JCEKS", KEY)]
    {
        let store = format!("-noprompt -keystore {file} -storetype {kind} -storepass {STORE}");
        for (alias, algorithm) in kinds {
            let entry = format!("-alias {alias} -dname CN={alias},O=Tests -keyalg {algorithm}");
            commands.push(format!("-genkeypair {store} -keypass {key} {entry}"));
        }
        commands.push(format!("-importcert {store} -alias trust1 -file root.crt"));
    }
    let jks = format!("-keystore multi.jks -storetype JKS -storepass {STORE}");
    commands.push(format!("-keypasswd {jks} -alias ec256 -keypass {KEY} -new otherpw55"));
    for (file, kind) in [("trust.p12", "PKCS12"), ("trust.jks", "JKS")] {
        let store = format!("-noprompt -keystore {file} -storetype {kind} -storepass {STORE}");
        commands.push(format!("-importcert {store} -alias ca1 -file root.crt"));
    }
    let utf8 = "-dname CN=k -keyalg EC -groupname secp256r1 -storetype JKS -keystore utf8.jks";
    let password = format!("-storepass {NON_ASCII} -keypass {NON_ASCII}");
    commands.push(format!("-genkeypair -alias schlüssel-日本 {utf8} {password}"));
    commands
}

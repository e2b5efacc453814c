//! The keys and certificates of one control plane, written into its folder.

use std::fs;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::control_plane::Error;
use crate::scratch::Scratch;

/// Writes `ca.crt`, `serving.crt`, `serving.key`, `service-account.key` and `.pub`, and for `admin` and `controller-manager`
/// a client certificate and key each.
pub(crate) fn write(folder: &Scratch) -> Result<(), Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "throw-away control plane");
    let key = KeyPair::generate()?;
    save(folder, "ca.crt", &params.self_signed(&key)?.pem())?;
    let ca = Issuer::new(params, key);

    let names = ["localhost", "127.0.0.1", "kubernetes", "kubernetes.default.svc"];
    let mut serving = CertificateParams::new(names.map(str::to_owned))?;
    serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    serving.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    issue(folder, "serving", &serving, &ca)?;

    issue(folder, "admin", &client("admin", Some("system:masters")), &ca)?;
    let user = "system:kube-controller-manager";
    issue(folder, "controller-manager", &client(user, None), &ca)?;
    let key = KeyPair::generate()?;
    save(folder, "service-account.key", &key.serialize_pem())?;
    save(folder, "service-account.pub", &key.public_key_pem())
}

/// A client certificate as Kubernetes reads it: the user is the common name, the group the organisation.
fn client(user: &str, group: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.distinguished_name.push(DnType::CommonName, user);
    if let Some(group) = group {
        params.distinguished_name.push(DnType::OrganizationName, group);
    }
    params
}

fn issue(
    folder: &Scratch,
    name: &str,
    params: &CertificateParams,
    ca: &Issuer<'_, KeyPair>,
) -> Result<(), Error> {
    let key = KeyPair::generate()?;
    save(folder, &format!("{name}.crt"), &params.signed_by(&key, ca)?.pem())?;
    save(folder, &format!("{name}.key"), &key.serialize_pem())
}

fn save(folder: &Scratch, name: &str, text: &str) -> Result<(), Error> {
    fs::write(folder.path().join(name), text).map_err(Error::io(format!("writing {name}")))
}

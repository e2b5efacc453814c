import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import javax.crypto.spec.SecretKeySpec;

/**
 * Runs keytool once for each line of its input, all in one virtual machine, then writes what keytool
 * cannot: keys with passwords of their own in PKCS#12, secret keys, aliases that differ in case only.
 */
public class Stores {
    public static void main(String[] passwords) throws Exception {
        try (BufferedReader lines = new BufferedReader(
            new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                sun.security.tools.keytool.Main.main(line.split(" +"));
            }
        }
        char[] store = passwords[0].toCharArray();
        String key = passwords[1];
        KeyStore from = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream("ossl.default.p12")) {
            from.load(in, store);
        }
        String leaf = "leafalias";

        KeyStore perKey = empty("PKCS12");
        for (String alias : new String[] {"one", "two"}) {
            perKey.setKeyEntry(alias, from.getKey(leaf, store), (key + alias).toCharArray(),
                from.getCertificateChain(leaf));
        }
        save(perKey, "perkey.p12", store);

        KeyStore secret = empty("PKCS12");
        secret.setKeyEntry("leaf", from.getKey(leaf, store), store, from.getCertificateChain(leaf));
        secret.setEntry("aes", new KeyStore.SecretKeyEntry(new SecretKeySpec(new byte[32], "AES")),
            new KeyStore.PasswordProtection(store));
        save(secret, "secret.p12", store);

        KeyStore exact = empty("CaseExactJKS");
        for (String alias : new String[] {"same", "SAME", "Other"}) {
            exact.setKeyEntry(alias, from.getKey(leaf, store), store,
                from.getCertificateChain(leaf));
        }
        save(exact, "caseexact.jks", store);

        save(empty("JKS"), "empty.jks", store);
        save(empty("PKCS12"), "empty.p12", store);
    }

    private static KeyStore empty(String type) throws Exception {
        KeyStore made = KeyStore.getInstance(type);
        made.load(null, null);
        return made;
    }

    private static void save(KeyStore made, String file, char[] password) throws Exception {
        try (FileOutputStream out = new FileOutputStream(file)) {
            made.store(out, password);
        }
    }
}

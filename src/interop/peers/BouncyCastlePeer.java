// BouncyCastle's low-level TLS (org.bouncycastle.tls, without JSSE) as one end-point of one TLS 1.2 handshake. Words
// name=value say what it is and insists on; numbers are IANA's. It writes line by line what happened: LISTENING port,
// SUITE number, EXPORTED hex, STAPLED hex, ALERT_SENT and ALERT_RECEIVED number (fatal ones), REASON sentence, and
// last of all, after RECEIVED, the application data that came back.
// A chain is judged by BouncyCastle's own PKIX builder (RFC 5280 §6: signatures, validity, constraints, critical
// extensions) against the trust anchors; identities and extended key usages are not looked at, revocation neither.
// A raw public key is believed if its owner signs. Knows nothing of oneM2M.
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Vector;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.AlertLevel;
import org.bouncycastle.tls.BasicTlsPSKIdentity;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CertificateStatus;
import org.bouncycastle.tls.CertificateStatusRequest;
import org.bouncycastle.tls.CertificateStatusType;
import org.bouncycastle.tls.CertificateType;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.SignatureScheme;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsExtensionsUtils;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsPSKIdentity;
import org.bouncycastle.tls.TlsPSKIdentityManager;
import org.bouncycastle.tls.TlsProtocol;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.TlsServerProtocol;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

public final class BouncyCastlePeer {
    private static final BcTlsCrypto crypto = new BcTlsCrypto(new SecureRandom());
    private static final Provider provider = new BouncyCastleProvider();
    private static final Map<String, String> options = new HashMap<>();

    /** Null without a certificate or raw public key. */
    private static Certificate certificate;
    private static AsymmetricKeyParameter key;

    public static void main(String[] words) {
        try {
            for (String word : Arrays.asList(words).subList(1, words.length)) {
                String[] option = word.split("=", 2);
                options.put(option[0], option[1]);
            }
            if (has("key")) readCredential();
            switch (words[0]) {
                case "initiate" -> initiate();
                case "terminate" -> terminate();
                case "supports" -> supports();
                default -> throw new IllegalArgumentException("no role " + words[0]);
            }
        } catch (Exception failure) {
            for (Throwable reason = failure; reason != null; reason = reason.getCause())
                // On one line: what a peer writes into a name is not to look like a line of ours.
                say("REASON " + reason.toString().replaceAll("\\s", " "));
        }
    }

    private static void initiate() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), number("port"))) {
            TlsClientProtocol protocol = new TlsClientProtocol();
            protocol.connect(new InitiatingEndPoint());
            exchange(protocol, socket);
            if (has("request")) {
                byte[] request = options.get("request").getBytes(StandardCharsets.UTF_8);
                protocol.writeApplicationData(request, 0, request.length);
                exchange(protocol, socket);
            }
            protocol.close();
            send(protocol, socket);
            byte[] received = new byte[protocol.getAvailableInputBytes()];
            protocol.readInput(received, 0, received.length);
            say("RECEIVED");
            System.out.writeBytes(received);
        }
    }

    private static void terminate() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            say("LISTENING " + listener.getLocalPort());
            try (Socket socket = listener.accept()) {
                TlsServerProtocol protocol = new TlsServerProtocol();
                protocol.accept(new TerminatingEndPoint());
                exchange(protocol, socket);
                // A client that refuses our Finished says so only now.
                exchange(protocol, socket);
            }
        }
    }

    /** Until the handshake is over; after it, until the connection is. */
    private static void exchange(TlsProtocol protocol, Socket socket) throws IOException {
        boolean handshaking = protocol.isHandshaking();
        byte[] chunk = new byte[1 << 14];
        try {
            while (!protocol.isClosed() && protocol.isHandshaking() == handshaking) {
                send(protocol, socket);
                int size = socket.getInputStream().read(chunk);
                if (size < 0) protocol.closeInput();
                else protocol.offerInput(chunk, 0, size);
                if (protocol.getAvailableInputBytes() > number("longest"))
                    throw new IOException("more application data than asked for");
            }
        } finally {
            // The last flight, or an alert.
            send(protocol, socket);
        }
    }

    /** A flight at once. Who has refused it and gone does not take it; what was said before is still to be read. */
    private static void send(TlsProtocol protocol, Socket socket) {
        byte[] flight = new byte[protocol.getAvailableOutputBytes()];
        protocol.readOutput(flight, 0, flight.length);
        try {
            socket.getOutputStream().write(flight);
        } catch (IOException gone) {
            say("REASON " + gone);
        }
    }

    private static void supports() {
        say("SUITES", suite -> TlsUtils.isSupportedCipherSuite(crypto, suite)
            && TlsUtils.isValidVersionForCipherSuite(suite, ProtocolVersion.TLSv12));
        say("GROUPS", crypto::hasNamedGroup);
    }

    private static final class InitiatingEndPoint extends AbstractTlsClient {
        InitiatingEndPoint() {
            super(crypto);
        }

        @Override
        protected ProtocolVersion[] getSupportedVersions() {
            return ProtocolVersion.TLSv12.only();
        }

        @Override
        protected int[] getSupportedCipherSuites() {
            return numbers("suites");
        }

        @Override
        protected Vector<?> getSupportedGroups(@SuppressWarnings("rawtypes") Vector roles) {
            return new Vector<>(IntStream.of(numbers("groups")).boxed().collect(Collectors.toList()));
        }

        @Override
        protected Vector<?> getSupportedSignatureAlgorithms() {
            return schemes(context);
        }

        @Override
        protected Vector<?> getProtocolNames() {
            return protocolNames();
        }

        @Override
        protected CertificateStatusRequest getCertificateStatusRequest() {
            return has("staple") ? super.getCertificateStatusRequest() : null;
        }

        @Override
        protected short[] getAllowedServerCertificateTypes() {
            // X.509 alone is what a ClientHello without the extension means (RFC 7250 §4.1).
            return believedType() == CertificateType.X509 ? null : new short[] {believedType()};
        }

        @Override
        protected short[] getAllowedClientCertificateTypes() {
            return ownType() == CertificateType.X509 ? null : new short[] {ownType()};
        }

        @Override
        public Hashtable<?, ?> getClientExtensions() throws IOException {
            Hashtable<?, ?> extensions = super.getClientExtensions();
            if (!has("encryptThenMac")) extensions.remove(TlsExtensionsUtils.EXT_encrypt_then_mac);
            return extensions;
        }

        @Override
        public boolean shouldUseExtendedMasterSecret() {
            return has("extendedMasterSecret");
        }

        @Override
        public TlsPSKIdentity getPSKIdentity() {
            return has("psk") ? new BasicTlsPSKIdentity(pskIdentity(), psk()) : null;
        }

        @Override
        public void notifySelectedCipherSuite(int suite) {
            super.notifySelectedCipherSuite(suite);
            say("SUITE " + suite);
        }

        @Override
        public TlsAuthentication getAuthentication() {
            return new TlsAuthentication() {
                @Override
                public void notifyServerCertificate(TlsServerCertificate presented) throws IOException {
                    judge(presented.getCertificate());
                    CertificateStatus status = presented.getCertificateStatus();
                    if (status != null) say("STAPLED " + hex(status.getOCSPResponse().getEncoded()));
                }

                @Override
                public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
                    // Of another type than agreed, none is sent.
                    return context.getSecurityParametersHandshake().getClientCertificateType() == ownType()
                        ? signer(context, request.getSupportedSignatureAlgorithms(), scheme -> true)
                        : null;
                }
            };
        }

        @Override
        public void notifyHandshakeComplete() throws IOException {
            super.notifyHandshakeComplete();
            export(context);
        }

        @Override
        public void notifyAlertRaised(short level, short description, String message, Throwable cause) {
            alert("ALERT_SENT", level, description);
        }

        @Override
        public void notifyAlertReceived(short level, short description) {
            alert("ALERT_RECEIVED", level, description);
        }
    }

    private static final class TerminatingEndPoint extends AbstractTlsServer {
        private TlsCredentialedSigner signer;

        TerminatingEndPoint() {
            super(crypto);
        }

        @Override
        protected ProtocolVersion[] getSupportedVersions() {
            return ProtocolVersion.TLSv12.only();
        }

        @Override
        protected int[] getSupportedCipherSuites() {
            return numbers("suites");
        }

        @Override
        protected boolean preferLocalCipherSuites() {
            return true;
        }

        @Override
        public void processClientExtensions(@SuppressWarnings("rawtypes") Hashtable extensions) throws IOException {
            super.processClientExtensions(extensions);
            // A client without the extension expects X.509 (RFC 7250 §4.1); BouncyCastle would send the key.
            if (ownType() != CertificateType.X509
                && TlsExtensionsUtils.getServerCertificateTypeExtensionClient(extensions) == null)
                throw new TlsFatalAlert(AlertDescription.unsupported_certificate);
        }

        /** Only with a credential that can sign for it. */
        @Override
        protected boolean selectCipherSuite(int suite) throws IOException {
            if (!has("psk")) {
                int exchange = TlsUtils.getKeyExchangeAlgorithm(suite);
                signer = signer(context, context.getSecurityParametersHandshake().getClientSigAlgs(),
                    scheme -> TlsUtils.isValidSignatureSchemeForServerKeyExchange(scheme, exchange));
                if (signer == null) return false;
            }
            say("SUITE " + suite);
            return super.selectCipherSuite(suite);
        }

        /** BouncyCastle takes each group that it knows; here it is one of ours, or there is no ECDHE. */
        @Override
        protected int getMaximumNegotiableCurveBits() {
            return NamedGroup.getCurveBits(selectECDH(0));
        }

        @Override
        protected int selectECDH(int minimumBits) {
            int[] offered = context.getSecurityParametersHandshake().getClientSupportedGroups();
            return IntStream.of(numbers("groups"))
                .filter(group -> offered == null || IntStream.of(offered).anyMatch(other -> other == group))
                .findFirst()
                .orElse(-1);
        }

        @Override
        protected Vector<?> getProtocolNames() {
            return protocolNames();
        }

        @Override
        protected short[] getAllowedClientCertificateTypes() {
            return has("asksCertificate") ? new short[] {believedType()} : null;
        }

        @Override
        protected boolean allowEncryptThenMAC() {
            return has("encryptThenMac");
        }

        @Override
        public boolean shouldUseExtendedMasterSecret() {
            return has("extendedMasterSecret");
        }

        @Override
        public TlsCredentials getCredentials() {
            return signer;
        }

        @Override
        public TlsPSKIdentityManager getPSKIdentityManager() {
            return new TlsPSKIdentityManager() {
                @Override
                public byte[] getHint() {
                    return null;
                }

                @Override
                public byte[] getPSK(byte[] identity) {
                    return Arrays.equals(identity, pskIdentity()) ? psk() : null;
                }
            };
        }

        @Override
        protected boolean allowCertificateStatus() {
            return has("staple");
        }

        @Override
        public CertificateStatus getCertificateStatus() throws IOException {
            if (certificateStatusRequest == null || !allowCertificateStatus()) return null;
            byte[] response = Files.readAllBytes(Path.of(options.get("staple")));
            return new CertificateStatus(CertificateStatusType.ocsp, OCSPResponse.getInstance(response));
        }

        @Override
        public CertificateRequest getCertificateRequest() {
            if (signer == null || !has("asksCertificate")) return null;
            short[] types = {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign};
            return new CertificateRequest(types, schemes(context), null);
        }

        @Override
        public void notifyClientCertificate(Certificate presented) throws IOException {
            if (presented.isEmpty()) throw new TlsFatalAlert(AlertDescription.handshake_failure);
            judge(presented);
        }

        @Override
        public void notifyHandshakeComplete() throws IOException {
            super.notifyHandshakeComplete();
            export(context);
        }

        @Override
        public void notifyAlertRaised(short level, short description, String message, Throwable cause) {
            alert("ALERT_SENT", level, description);
        }

        @Override
        public void notifyAlertReceived(short level, short description) {
            alert("ALERT_RECEIVED", level, description);
        }
    }

    /** Accepts a raw public key as it is, and a chain that holds a path from one of the trust anchors. */
    private static void judge(Certificate presented) throws IOException {
        if (presented.getCertificateType() != believedType())
            throw new TlsFatalAlert(AlertDescription.unsupported_certificate);
        if (believedType() == CertificateType.RawPublicKey) return;
        List<X509Certificate> chain = new ArrayList<>();
        for (var one : presented.getCertificateList()) chain.add(parse(one.getEncoded()));
        for (X509Certificate one : chain)
            try {
                one.checkValidity();
            } catch (CertificateException failure) {
                throw new TlsFatalAlert(AlertDescription.certificate_expired, failure);
            }
        X509CertSelector leaf = new X509CertSelector();
        leaf.setCertificate(chain.get(0));
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(
                anchors().stream().map(anchor -> new TrustAnchor(anchor, null)).collect(Collectors.toSet()), leaf);
            parameters.addCertStore(
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain), provider));
            parameters.setRevocationEnabled(false);
            CertPathBuilder.getInstance("PKIX", provider).build(parameters);
        } catch (GeneralSecurityException failure) {
            boolean known = anchors().stream().anyMatch(anchor -> vouches(anchor, chain.get(chain.size() - 1)));
            throw new TlsFatalAlert(
                known ? AlertDescription.bad_certificate : AlertDescription.unknown_ca, failure);
        }
    }

    private static boolean vouches(X509Certificate anchor, X509Certificate issued) {
        try {
            issued.verify(anchor.getPublicKey(), provider);
            return issued.getIssuerX500Principal().equals(anchor.getSubjectX500Principal());
        } catch (GeneralSecurityException failure) {
            return false;
        }
    }

    /** By the first of our schemes that the peer takes, the key can do and the suite allows; null if there is none. */
    private static TlsCredentialedSigner signer(TlsContext context, Vector<?> taken, IntPredicate allowed)
            throws IOException {
        if (certificate == null) return null;
        // A client that says nothing takes SHA-1 (RFC 5246 §7.4.1.4.1).
        Vector<?> theirs = taken == null ? TlsUtils.getLegacySupportedSignatureAlgorithms() : taken;
        for (SignatureAndHashAlgorithm scheme : schemes(context))
            if (theirs.contains(scheme)
                && certificate.getCertificateAt(0).supportsSignatureAlgorithm(scheme.getSignature())
                && allowed.test(SignatureScheme.from(scheme)))
                return new BcDefaultTlsCredentialedSigner(
                    new TlsCryptoParameters(context), crypto, key, certificate, scheme);
        return null;
    }

    private static Vector<SignatureAndHashAlgorithm> schemes(TlsContext context) {
        Vector<SignatureAndHashAlgorithm> schemes = new Vector<>();
        if (has("schemes"))
            for (int scheme : numbers("schemes")) schemes.add(SignatureScheme.getSignatureAndHashAlgorithm(scheme));
        else
            for (Object scheme : TlsUtils.getDefaultSupportedSignatureAlgorithms(context))
                schemes.add((SignatureAndHashAlgorithm) scheme);
        return schemes;
    }

    private static void export(TlsContext context) {
        // BouncyCastle exports nothing without extended master secret.
        if (context.getSecurityParametersConnection().isExtendedMasterSecret())
            say("EXPORTED " + hex(context.exportKeyingMaterial(options.get("label"), null, number("length"))));
    }

    private static void readCredential() throws IOException {
        boolean isRaw = has("publicKey");
        List<byte[]> encoded = isRaw ? pem("publicKey", "PUBLIC KEY") : pem("certificate", "CERTIFICATE");
        short type = isRaw ? CertificateType.RawPublicKey : CertificateType.X509;
        CertificateEntry[] entries = new CertificateEntry[encoded.size()];
        for (int at = 0; at < entries.length; at++)
            entries[at] = new CertificateEntry(crypto.createCertificate(type, encoded.get(at)), null);
        certificate = new Certificate(type, null, entries);
        key = PrivateKeyFactory.createKey(pem("key", "PRIVATE KEY").get(0));
    }

    private static short ownType() {
        return certificate == null ? CertificateType.X509 : certificate.getCertificateType();
    }

    private static short believedType() {
        return has("raw") ? CertificateType.RawPublicKey : CertificateType.X509;
    }

    private static List<X509Certificate> anchors() throws IOException {
        List<X509Certificate> anchors = new ArrayList<>();
        if (!has("anchors")) return anchors;
        for (byte[] encoded : pem("anchors", "CERTIFICATE")) anchors.add(parse(encoded));
        return anchors;
    }

    private static X509Certificate parse(byte[] encoded) throws IOException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509", provider)
                .generateCertificate(new ByteArrayInputStream(encoded));
        } catch (GeneralSecurityException failure) {
            throw new TlsFatalAlert(AlertDescription.bad_certificate, failure);
        }
    }

    private static Vector<ProtocolName> protocolNames() {
        String name = options.get("protocol");
        return name == null ? null : new Vector<>(List.of(ProtocolName.asUtf8Encoding(name)));
    }

    private static byte[] pskIdentity() {
        return options.get("pskIdentity").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] psk() {
        return HexFormat.of().parseHex(options.get("psk"));
    }

    private static List<byte[]> pem(String option, String label) throws IOException {
        String text = Files.readString(Path.of(options.get(option)));
        List<byte[]> blocks = Pattern.compile("-----BEGIN " + label + "-----([^-]+)-----END " + label + "-----")
            .matcher(text)
            .results()
            .map(block -> Base64.getMimeDecoder().decode(block.group(1)))
            .collect(Collectors.toList());
        if (blocks.isEmpty()) throw new IOException("the file of " + option + " has no PEM block " + label);
        return blocks;
    }

    private static boolean has(String option) {
        return options.containsKey(option);
    }

    private static int number(String option) {
        return Integer.parseInt(options.get(option));
    }

    private static int[] numbers(String option) {
        return Arrays.stream(options.get(option).split(",")).mapToInt(Integer::parseInt).toArray();
    }

    private static void alert(String which, short level, short description) {
        if (level == AlertLevel.fatal) say(which + " " + description);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Each number of a registry (they all have 16 bits) that is taken. */
    private static void say(String name, IntPredicate taken) {
        say(name + " " + IntStream.range(0, 1 << 16)
            .filter(taken)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(",")));
    }

    private static void say(String line) {
        System.out.println(line);
    }
}

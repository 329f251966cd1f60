# ESData by jwcrypto: makes and opens what a case describes (test/protection/foreign/esdata-cases.ts), and makes the
# keys for it. How headers name a credential follows TS-0003 and RFC 7515 to 7518; the cryptography is jwcrypto's.
import base64
import datetime
import hashlib
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from derivation import keys_of

ALLOWED = (
    ["dir", "A128KW", "A192KW", "A256KW", "RSA-OAEP-256"]
    + ["ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128GCM", "A192GCM", "A256GCM"]
)


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_keys():
    """Throw-away keys for every algorithm of the profile, each with the names that header parameters have for it."""
    keys = {}
    for name, kind, sizes in (("direct", 14, (16, 24, 32)), ("wrap", 15, (16, 24, 32)), ("mic", 16, (32, 48, 64))):
        for size in sizes:
            jwk = JWK.generate(kty="oct", size=8 * size)
            keys[f"{name}-{size}"] = {"jwk": jwk.export(as_dict=True), "id": f"{kind}-{name}.{size}"}
    for name, parameters in (
        ("rsa", {"kty": "RSA", "size": 2048}),
        ("p-256", {"kty": "EC", "crv": "P-256"}),
        ("p-384", {"kty": "EC", "crv": "P-384"}),
        ("p-521", {"kty": "EC", "crv": "P-521"}),
    ):
        jwk = JWK.generate(**parameters)
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        spki = jwk.get_op_key("verify").public_bytes(serialization.Encoding.DER, public)
        keys[name] = {"jwk": jwk.export(as_dict=True), "ni": "ni:///sha-256;" + b64(hashlib.sha256(spki).digest())}
    for name, parameters in (
        ("rsa-certificate", {"kty": "RSA", "size": 2048}),
        ("p-256-certificate", {"kty": "EC", "crv": "P-256"}),
    ):
        jwk = JWK.generate(**parameters)
        der = certificate(jwk, name)
        keys[name] = {
            "jwk": jwk.export(as_dict=True),
            "certificate": base64.b64encode(der).decode(),
            "x5t#S256": b64(hashlib.sha256(der).digest()),
        }
    return keys


def certificate(jwk, name):
    private = jwk.get_op_key("sign")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_rsa = jwk.export(as_dict=True)["kty"] == "RSA"
    others = ("content_commitment", "data_encipherment", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    usage = {"digital_signature": True, "key_encipherment": is_rsa, "key_agreement": not is_rsa}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2026, 1, 1))
        .not_valid_after(datetime.datetime(2056, 1, 1))
        .add_extension(x509.KeyUsage(**usage, **dict.fromkeys(others, False)), critical=True)
        .sign(private, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


class ESData:
    def __init__(self, keys, pairwise):
        self.keys = dict(keys)
        derived = keys_of(pairwise)
        for name, kind in (("direct", 14), ("wrap", 15), ("mic", 16)):
            jwk = {"kty": "oct", "k": b64(derived[name])}
            self.keys[f"pairwise-{name}"] = {"jwk": jwk, "id": f"{kind}-{derived['kid']}"}

    def jwk(self, party):
        return JWK(**self.keys[party["key"]]["jwk"])

    def public_jwk(self, party):
        jwk = self.jwk(party)
        return jwk if jwk.export(as_dict=True)["kty"] == "oct" else JWK(**jwk.export_public(as_dict=True))

    def naming(self, party, raw_type):
        key = self.keys[party["key"]]
        if "x5t#S256" in key:
            return {"x5t#S256": key["x5t#S256"]}
        return {"kid": key["id"] if "id" in key else f"{raw_type}-{key['ni']}"}

    def make(self, case):
        payload = unb64(case["payload"])
        signers, recipients = case.get("signers"), case.get("recipients")
        if recipients is None:
            return self.sign(case, payload, signers)
        if signers is None:
            return self.encrypt(case, payload, recipients, case.get("contentType"))
        inner = self.sign(case, payload, signers)
        return self.encrypt(case, inner.encode(), recipients, "JOSE+JSON" if inner.startswith("{") else "JOSE")

    def sign(self, case, payload, signers):
        jws = JWS(payload)
        for party in signers:
            header = {"alg": party["alg"], **self.naming(party, 51)}
            if "contentType" in case:
                header["cty"] = case["contentType"]
            jws.add_signature(self.jwk(party), protected=json.dumps(header))
        return jws.serialize(compact=len(signers) == 1 and case["serialization"] == "compact")

    def encrypt(self, case, payload, recipients, content_type):
        shared = {"enc": case["enc"], **({} if content_type is None else {"cty": content_type})}
        headers = [{"alg": party["alg"], **self.naming(party, 41)} for party in recipients]
        for name in ("apu", "apv"):
            if name in case:
                shared[name] = case[name]
        if len(recipients) == 1:
            shared.update(headers.pop())
        aad = unb64(case["aad"]) if "aad" in case else None
        jwe = JWE(payload, protected=json.dumps(shared), aad=aad, algs=ALLOWED)
        for index, party in enumerate(recipients):
            jwe.add_recipient(self.public_jwk(party), header=json.dumps(headers[index]) if headers else None)
        return jwe.serialize(compact=case["serialization"] == "compact")

    def open(self, case, text, number):
        """Opens it as the recipient with this number, and verifies every signature."""
        signers, recipients = case.get("signers"), case.get("recipients")
        aad = None
        if recipients is not None:
            party = recipients[number]
            jwe = JWE(algs=ALLOWED)
            jwe.deserialize(text, self.jwk(party))
            others = jwe.objects.get("recipients")
            header = jwe.jose_header if others is None else {**jwe.jose_header, **json.loads(others[number]["header"])}
            self.require_header(header, party, 41)
            payload, aad = jwe.payload, jwe.objects.get("aad")
        if signers is not None:
            jws = JWS()
            jws.deserialize(text if recipients is None else payload.decode())
            headers = jws.jose_header if len(signers) > 1 else [jws.jose_header]
            for party, header in zip(signers, headers, strict=True):
                # Raises unless one signature holds under this key; the others are other parties'.
                jws.verify(self.public_jwk(party))
                if len(jws.verifylog) != len(signers) - 1:
                    raise ValueError(f"{len(jws.verifylog)} of {len(signers)} signatures fail under one key")
                self.require_header(header, party, 51)
            payload = jws.payload
        return {"payload": b64(payload), "aad": None if aad is None else b64(aad)}

    def require_header(self, header, party, raw_type):
        """The object says of itself what the case does."""
        for name, value in {"alg": party["alg"], **self.naming(party, raw_type)}.items():
            if header.get(name) != value:
                raise ValueError(f"{name} is {header.get(name)}, not {value}")

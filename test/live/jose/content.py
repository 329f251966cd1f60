# Protected content instances and attributes as a case describes them (test/protection/foreign/content-cases.ts), with
# the keys of derivation.py and objects of jwcrypto. Where one belongs and since when stands in its protected header.
import json

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from derivation import content_key, data_keys, keys_of
from esdata import b64, unb64


def key_of(case):
    """The key, and the kid that goes with it."""
    use, kind = ("confidentiality", 14) if case["protection"] == "encryption" else ("authenticity", 16)
    if "pairwise" in case:
        keys = keys_of(case["pairwise"])
        return keys["direct" if kind == 14 else "mic"], f"{kind}-{keys['kid']}"
    source = case["source"]
    keys = data_keys(bytes.fromhex(source["ke"]), bytes.fromhex(source["salt"]))
    data_key = keys["single" if case.get("single") else use]
    nonce = bytes.fromhex(case["nonce"])
    return content_key(data_key, use, case["level"], case["container"], nonce), f"{kind}-{source['id']}"


def header_of(case):
    key, kid = key_of(case)
    algorithms = {"alg": "dir", "enc": "A256GCM"} if case["protection"] == "encryption" else {"alg": "HS256"}
    if "attribute" in case:
        place = {"resource": case["resource"], "attribute": case["attribute"], "creationTime": case["creationTime"]}
        return JWK(kty="oct", k=b64(key)), {**algorithms, "kid": kid, "cty": "json", "atr": place}
    place = {"contentInfo": "text/plain:0", "container": case["container"], "creationTime": case["creationTime"]}
    fresh = {"level": case["level"], "nonce": b64(bytes.fromhex(case["nonce"]))}
    return JWK(kty="oct", k=b64(key)), {**algorithms, "kid": kid, "cpa": {**place, **fresh}}


def protect(case):
    key, header = header_of(case)
    content = unb64(case["content"])
    if case["protection"] == "encryption":
        jose = JWE(content, protected=json.dumps(header))
        jose.add_recipient(key)
    else:
        jose = JWS(content)
        jose.add_signature(key, protected=json.dumps(header))
    return jose.serialize(compact=True)


def open_protected(case, text):
    """The content, of an object that says of itself exactly what the case does."""
    key, header = header_of(case)
    jose = JWE() if case["protection"] == "encryption" else JWS()
    jose.deserialize(text, key)
    if jose.jose_header != header:
        raise ValueError(f"the header is {jose.jose_header}")
    return b64(jose.payload)

# The derivations of TS-0003 10.3.6 and 10.3.8.2, and the two profiles for pairwiseE2EKey, by hmac of the standard
# library alone: an implementation of its own, which shares nothing with src/keys. Knows no object.
import hashlib
import hmac
import json


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def end_to_end_keys(material, salt):
    """T(1) to T(5) and the key id; an absent salt is as many zeros as the hash has bytes (RFC 5869 2.2)."""
    master = mac(salt or bytes(32), material)
    labels = {
        "authentication": b"E2E Message Authentication Key",
        "esprim": b"E2E Message Confidentiality Key",
        "mic": b"E2E Attribute Authenticity Key",
        "direct": b"E2E Attribute Confidentiality Key",
        "wrap": b"E2E Key Wrapping Key",
    }
    kid = mac(master, b"oneM2M E2EKey separated key id")[:16].hex().upper()
    return {"kid": kid, **expand(master, labels)}


def data_keys(material, salt):
    """T(1) to T(3) of the chain for data, the third of which serves where there is AEAD alone."""
    labels = {
        "authenticity": b"Data Authenticity and Integrity",
        "confidentiality": b"Data Confidentiality Key",
        "single": b"Data Authenticity and Confidentiality Key",
    }
    return expand(mac(salt or bytes(32), material), labels)


def content_key(data_key, use, level, name, fresh):
    """The key of one container or one instance; `fresh` is its nonce."""
    labels = {"authenticity": b"Data Authenticity and Integrity", "confidentiality": b"Data Confidentiality"}
    levels = {"container": b"Container-", "contentInstance": b"ContentInstance-"}
    return mac(data_key, labels[use], levels[level], name.encode(), fresh)


def expand(master, labels):
    """T(n) = HMAC(master, T(n-1) | label | n)."""
    keys, block = {}, b""
    for number, (name, label) in enumerate(labels.items(), start=1):
        block = mac(master, block, label, bytes([number]))
        keys[name] = block
    return keys


def keys_of(key):
    """The keys that follow from pairwiseE2EKey in either profile, or from Kpsa and a salt that both ends were given."""
    if "kpsa" in key:
        return end_to_end_keys(bytes.fromhex(key["kpsa"]), bytes.fromhex(key["salt"]))
    secret = bytes.fromhex(key["secret"])
    if key["profile"] == "literal":
        return {"kid": key["id"].upper(), "esprim": secret}
    return end_to_end_keys(secret, bytes.fromhex(key["id"]))


def canonical(rand):
    """A random object in the bytes that the session key depends on: members in the order of TS-0004 6.3.5.50, .52."""
    generation = "esk" if "esk" in rand else "esks"
    ordered = {name: rand[name] for name in ("esri", "esrv", "esrx", generation, "espa")}
    return json.dumps(ordered, separators=(",", ":")).encode()


def session_key(pairwise, receiver_rand, originator_rand, size):
    label = b"oneM2M HMAC-SHA256 sessionESPrimKey derivation algorithm"
    return mac(pairwise, canonical(receiver_rand), canonical(originator_rand), label)[:size]

# The two ends of ESPrim (TS-0003 8.4.2, TS-0001 11.4.2) with keys of their own (derivation.py) and objects of jwcrypto.
# Primitives are JSON under short names, as they travel. Shares nothing with src/protection but what is written down of
# the protocol.
import datetime
import json
import re
import secrets

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from derivation import keys_of, session_key
from esdata import b64, unb64

ENCRYPTIONS = {"A128GCM": (10, 16), "A192GCM": (11, 24), "A256GCM": (12, 32)}
REQUEST, RESPONSE = "vnd.onem2m-preq+json", "vnd.onem2m-prsp+json"


class Refused(Exception):
    def __init__(self, rsc, reason):
        super().__init__(reason)
        self.rsc = rsc


def timestamp(milliseconds):
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return moment.strftime("%Y%m%dT%H%M%S")


def expiry(text, now):
    """m2m:absRelTimestamp in milliseconds since 1970."""
    if re.fullmatch(r"[0-9]+", text):
        return now + int(text)
    moment = datetime.datetime.strptime(text[:15], "%Y%m%dT%H%M%S")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000


def info(sit, **members):
    return {"m2m:seci": {"sit": sit, **members}}


class Session:
    """One session key, and what is made and opened with it."""

    def __init__(self, keys, protection, enc, receiver_rand, originator_rand):
        pairwise = keys["esprim" if protection == "encryption" else "authentication"]
        size = ENCRYPTIONS[enc][1] if protection == "encryption" else 32
        self.secret = session_key(pairwise, receiver_rand, originator_rand, size)
        self.key = JWK(kty="oct", k=b64(self.secret))
        self.kid, self.protection, self.enc = keys["kid"], protection, enc
        self.receiver_rand, self.originator_rand = receiver_rand, originator_rand
        self.made, self.seen = 0, set()

    def make(self, primitive, cty, **rands):
        header = {"kid": self.kid, "ori": self.originator_rand["esri"], "rri": self.receiver_rand["esri"], "cty": cty}
        header |= {name: rand for name, rand in rands.items() if rand is not None}
        plaintext = json.dumps(primitive).encode()
        self.made += 1
        if self.protection == "encryption":
            jwe = JWE(plaintext, protected=json.dumps({"alg": "dir", "enc": self.enc, **header}))
            jwe.add_recipient(self.key)
            return jwe.serialize(compact=True)
        jws = JWS(plaintext)
        jws.add_signature(self.key, protected=json.dumps({"alg": "HS256", **header, "seq": self.made}))
        return jws.serialize(compact=True)

    def open(self, text, cty):
        header = header_of(text)
        if self.protection == "encryption":
            jwe = JWE(algs=["dir", self.enc])
            jwe.deserialize(text, self.key)
            unique, payload = text.split(".")[2], jwe.payload
        else:
            jws = JWS()
            jws.allowed_algs = ["HS256"]
            jws.deserialize(text, self.key)
            unique, payload = header["seq"], jws.payload
        if header.get("cty", cty) != cty:
            raise Refused(5210, "reflected")
        if unique in self.seen:
            raise Refused(4105, "replayed")
        self.seen.add(unique)
        return json.loads(payload)


def header_of(text):
    return json.loads(unb64(text.split(".")[0]))


class Originator:
    """Asks for a random object, then protects requests; every answer of the receiver is a primitive that came in."""

    def __init__(self, options):
        self.options = options
        self.keys = keys_of(options["key"])
        self.session = None
        self.sessions = []
        self.sent = 0

    def outer(self, content):
        self.sent += 1
        frm, to = self.options["from"], self.options["to"]
        return {"op": 5, "fr": frm, "to": to, "rqi": f"outer-{self.sent}", "rvi": "3", "pc": content}

    def request_rand(self):
        return self.outer(info(3))

    def take_rand(self, response):
        self.begin(response["pc"]["m2m:seci"]["ero"])

    def begin(self, receiver_rand):
        options = self.options
        originator_rand = {
            # Another order than the standard's: what is derived from must not depend on it.
            "espa": [ENCRYPTIONS[options["enc"]][0]],
            "esrx": options.get("expiry") or receiver_rand["esrx"],
            "esk": 1,
            "esrv": "_" + secrets.token_hex(16),
            "esri": "u.foreign-" + secrets.token_hex(8),
        }
        self.session = Session(self.keys, options["protection"], options["enc"], receiver_rand, originator_rand)
        if "kid" in options:
            self.session.kid = options["kid"]
        self.sessions.append(self.session)
        self.is_known = False

    def protect(self, inner):
        rand = None if self.is_known else self.session.originator_rand
        return self.outer(info(5, epo=self.session.make(inner, REQUEST, oro=rand)))

    def open(self, response):
        text = response["pc"]["m2m:seci"]["epo"]
        inner = self.session.open(text, RESPONSE)
        header = header_of(text)
        used = (self.session.originator_rand["esri"], self.session.receiver_rand["esri"])
        if (header["ori"], header["rri"]) != used:
            raise Refused(5210, "another session")
        self.is_known = True
        if "rro" in header:
            self.begin(header["rro"])
        return inner


class Receiver:
    """Answers outer requests: gives out random objects, opens, says what was asked, and protects that."""

    def __init__(self, options):
        self.options = options
        self.keys = keys_of(options["key"])
        self.rands, self.sessions = {}, {}
        self.is_to_refresh = options.get("refresh", False)

    def rand(self):
        made = {
            "esri": "u.foreign-" + secrets.token_hex(8),
            "esrv": "r" + secrets.token_hex(16),
            "esrx": self.options.get("expiry") or timestamp(self.options["now"] + 3_600_000),
            "esks": [1],
            "espa": [10, 11, 12],
        }
        self.rands[made["esri"]] = made
        # As a CSE on the way might write it: what is derived from must not depend on the order.
        return dict(reversed(made.items()))

    def answer(self, request):
        response = {"rqi": request["rqi"], "rvi": "3"}
        try:
            content = request["pc"]["m2m:seci"]
            if content["sit"] == 3:
                return {"rsc": 2000, **response, "pc": info(4, ero=self.rand())}
            return {"rsc": 2000, **response, "pc": info(5, epo=self.answer_object(content["epo"]))}
        except Refused as refused:
            return {"rsc": refused.rsc, **response, "pc": {"m2m:dbg": str(refused)}}

    def answer_object(self, text):
        header = header_of(text)
        session = self.session_of(header)
        try:
            inner = session.open(text, REQUEST)
        except Refused:
            raise
        except Exception as error:
            raise Refused(4115, type(error).__name__) from error
        self.sessions[(header["ori"], header["rri"])] = session
        if inner["fr"] != self.options["entity"]:
            raise Refused(4116, "another originator")
        answer = {"rsc": 2000, "rqi": inner["rqi"], "rvi": "3", "pc": {"m2m:cin": {"con": asked(inner)}}}
        rand = self.rand() if self.is_to_refresh else None
        self.is_to_refresh = False
        return session.make(answer, RESPONSE, rro=rand)

    def session_of(self, header):
        if header["kid"] != self.keys["kid"]:
            raise Refused(4112, "kid")
        known = self.sessions.get((header["ori"], header["rri"]))
        if known is not None:
            return known
        receiver_rand = self.rands.get(header["rri"])
        if receiver_rand is None:
            raise Refused(4114, "rri")
        originator_rand = header.get("oro")
        if originator_rand is None or originator_rand["esri"] != header["ori"]:
            raise Refused(4113, "ori")
        now = self.options["now"]
        if not now < expiry(originator_rand["esrx"], now) <= expiry(receiver_rand["esrx"], now):
            raise Refused(4113, "esrx")
        protection = "encryption" if header["alg"] == "dir" else "authentication"
        enc = header.get("enc", "A256GCM")
        if originator_rand["esk"] != 1 or ENCRYPTIONS[enc][0] not in originator_rand["espa"]:
            raise Refused(4111, "algorithms")
        return Session(self.keys, protection, enc, receiver_rand, originator_rand)


def asked(inner):
    """What the receiver says that it was asked, so that whoever asked can compare."""
    return {name: inner.get(name) for name in ("op", "to", "fr", "pc")}

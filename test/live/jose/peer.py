# An end-point in Python, asked on its standard input: a JSON object in a line, {"do": …, …}, is answered by one with
# `ok`, or with `refused`: the name of the exception and what it says. Ends with its input.
import importlib.metadata
import json
import sys

import content
import esdata
import esprim


class Peer:
    def __init__(self):
        self.esdata = None
        self.originator = None
        self.receiver = None

    def versions(self, _):
        return {name: importlib.metadata.version(name) for name in ("jwcrypto", "cryptography")}

    def make_keys(self, _):
        return esdata.make_keys()

    def use_keys(self, asked):
        self.esdata = esdata.ESData(asked["keys"], asked["pairwise"])

    def make(self, asked):
        return self.esdata.make(asked["case"])

    def open(self, asked):
        return self.esdata.open(asked["case"], asked["object"], asked["recipient"])

    def protect_content(self, asked):
        return content.protect(asked["case"])

    def open_content(self, asked):
        return content.open_protected(asked["case"], asked["object"])

    def originate(self, asked):
        self.originator, self.receiver = esprim.Originator(asked["options"]), None
        return self.originator.request_rand()

    def take_rand(self, asked):
        return self.originator.take_rand(asked["response"])

    def protect(self, asked):
        return self.originator.protect(asked["inner"])

    def open_response(self, asked):
        return self.originator.open(asked["response"])

    def receive(self, asked):
        self.originator, self.receiver = None, esprim.Receiver(asked["options"])

    def answer(self, asked):
        return self.receiver.answer(asked["request"])

    def session_keys(self, _):
        """Of every session so far, by the identifier of its originator's random object."""
        sessions = self.originator.sessions if self.originator else self.receiver.sessions.values()
        return {session.originator_rand["esri"]: session.secret.hex() for session in sessions}


peer = Peer()
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"ok": getattr(peer, asked["do"])(asked)}
    except Exception as error:  # whatever it is, the one who asked is told
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

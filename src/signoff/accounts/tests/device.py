"""A device that makes passkeys and signs with them: an authenticator in software, for what a browser would not do."""

from __future__ import annotations

import json
import os
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


class Device:
    """One passkey; what it says about itself can be bent."""

    def __init__(self, origin="http://localhost:8000", name="localhost"):
        self.origin, self.name = origin, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = os.urandom(16)
        self.handle = None
        self.count = 0
        self.flags = FLAG.UP | FLAG.UV

    def make(self, asked, **client):
        """Answer options for a new passkey, as a browser does."""
        self.handle = asked["user"]["id"]
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            sha256(self.name.encode()).digest(), self.flags | FLAG.AT, self.count, credential
        )
        said = self._client("webauthn.create", asked["challenge"], client)
        return self._answer(
            clientDataJSON=websafe_encode(said),
            attestationObject=websafe_encode(AttestationObject.create("none", data, {})),
        )

    def sign(self, asked, **client):
        """Answer options for using a passkey."""
        self.count += 1
        data = AuthenticatorData.create(sha256(self.name.encode()).digest(), self.flags, self.count)
        said = self._client("webauthn.get", asked["challenge"], client)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=websafe_encode(said),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=self.handle,
        )

    def _client(self, kind, challenge, more):
        return CollectedClientData.create(kind, websafe_decode(challenge), self.origin, **more)

    def _answer(self, **response):
        own = websafe_encode(self.credential_id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})

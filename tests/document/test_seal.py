"""The seal: accepted by independent readers, broken by any change, the same bytes for the same document."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from bot.document.assembly import Press
from bot.document.authenticity import verify
from bot.document.port import Seal
from bot.document.seal import is_valid
from tests.forms import SECRET, form


@cache
def seal(kind: str) -> Seal:
    rsa_key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    key = rsa_key if kind == "rsa" else ec_key
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CMVS")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    return Seal(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
        certificate.public_bytes(pem),
    )


@cache
def sealed(kind: str) -> bytes:
    return Press(SECRET, seal(kind)).print(form()).content


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_sealed_document_is_the_issued_one(kind: str) -> None:
    found = verify(sealed(kind), SECRET, seal(kind).certificate)
    assert (found.issued, found.unaltered, found.sealed, found.request_id) == (True, True, True, "4DME-7K3M9Q2X")


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_same_document_is_sealed_to_the_same_bytes(kind: str) -> None:
    assert Press(SECRET, seal(kind)).print(form()).content == sealed(kind)


def test_a_seal_of_another_key_is_not_ours() -> None:
    found = verify(sealed("rsa"), SECRET, seal("ec").certificate)
    assert (found.issued, found.unaltered, found.sealed) == (True, False, False)


@pytest.mark.parametrize("place", [0.1, 0.4, 0.7, 0.99])
def test_a_changed_byte_breaks_the_seal(place: float) -> None:
    content = bytearray(sealed("ec"))
    content[int(len(content) * place)] ^= 1
    assert not is_valid(bytes(content), seal("ec").certificate)


def test_what_is_added_behind_the_seal_breaks_it() -> None:
    assert not is_valid(sealed("ec") + b"\n", seal("ec").certificate)


def test_an_unsealed_document_has_no_valid_seal() -> None:
    assert not is_valid(Press(SECRET).print(form()).content, seal("ec").certificate)


def test_documents_that_differ_are_sealed_to_different_bytes() -> None:
    assert Press(SECRET, seal("ec")).print(replace(form(), number=2)).content != sealed("ec")


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler's pdfsig is not installed")
def test_poppler_accepts_the_seal_and_rejects_a_changed_byte(tmp_path: Path) -> None:
    def said(content: bytes) -> str:
        (tmp_path / "la.pdf").write_bytes(content)
        command = ["pdfsig", "-nocert", str(tmp_path / "la.pdf")]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    changed = sealed("rsa").replace(b"(Request 4DME", b"(Request 5DME", 1)
    assert "Signature is Valid." in said(sealed("rsa"))
    assert "Total document signed" in said(sealed("rsa"))
    assert "Signature is Valid." not in said(changed)

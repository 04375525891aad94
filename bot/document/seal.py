"""The seal: a certifying signature (ISO 32000-1, 12.8.2.2) that allows no change, by pyHanko. Needs `la-bot[seal]`.

The same document, key and instant give the same bytes: RSA signs by PKCS#1 v1.5, elliptic curves by RFC 6979, the
signing time is the instant of issue.
"""

import asyncio
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore

from bot.document.port import Seal
from bot.model.errors import RenderError

_META = signers.PdfSignatureMetadata(
    field_name="Seal", certify=True, docmdp_permissions=MDPPerm.NO_CHANGES, md_algorithm="sha256"
)
_PLACE = 16384


class _Writer(IncrementalPdfFileWriter):
    """Adds the seal, and neither a random id nor the time of day."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        first, _ = prev.trailer["/ID"]
        return generic.ArrayObject([first, generic.ByteStringObject(sha256(first).digest()[:16])])

    def _update_meta(self) -> None:
        pass


class _Signer(SimpleSigner):
    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        key = load_der_private_key(self.signing_key.dump(), password=None)
        if isinstance(key, EllipticCurvePrivateKey):
            return key.sign(data, ECDSA(SHA256(), deterministic_signing=True))
        return bytes(super().sign_raw(data, digest_algorithm))


def sealed(content: bytes, seal: Seal, at: datetime) -> bytes:
    """The PDF with the seal, signed at that instant. Raises RenderError."""
    try:
        return asyncio.run(_sealed(content, seal, at))
    except (SigningError, PdfError, ValueError, OSError) as error:
        raise RenderError(f"the seal cannot be set: {type(error).__name__}") from error


async def _sealed(content: bytes, seal: Seal, at: datetime) -> bytes:
    certificates = _certificates(seal.certificate)
    store: CertificateStore = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for certificate in certificates:
        store.register(certificate)
    key = load_private_key_from_pemder_data(seal.key, None)
    pdf_signer = signers.PdfSigner(_META, _Signer(certificates[0], key, store))
    session = pdf_signer.init_signing_session(_Writer(BytesIO(content)))
    session.system_time = at
    document = session.prepare_tbs_document(None, bytes_reserved=_PLACE)
    output = BytesIO()
    digest, _ = document.digest_tbs_document(output=output)
    signed = await document.perform_signature(digest.document_digest, PdfCMSSignedAttributes(signing_time=at))
    await signed.post_signature_processing(output)
    return output.getvalue()


def is_valid(content: bytes, certificate: bytes) -> bool:
    """Return whether the file bears one signature, by that certificate (PEM), and it covers every byte.

    The certificate is trusted because the operator named it; it is taken as of the signing time.
    """
    try:
        signatures = PdfFileReader(BytesIO(content)).embedded_signatures
        if len(signatures) != 1:
            return False
        at = signatures[0].self_reported_timestamp
        trusted = ValidationContext(trust_roots=_certificates(certificate)[:1], allow_fetching=False, moment=at)
        status = validate_pdf_signature(signatures[0], trusted)
    except (PdfError, SignatureValidationError, ValueError, KeyError, IndexError):
        return False
    covered = status.coverage is SignatureCoverageLevel.ENTIRE_FILE and _has_nothing_hidden(content, signatures[0])
    return covered and bool(status.bottom_line)


def _has_nothing_hidden(content: bytes, signature: EmbeddedPdfSignature) -> bool:
    """The one place that a signature does not cover is the one it stands in: nothing but it may be there."""
    _, start, end, _ = signature.byte_range
    length = len(cms.ContentInfo.load(signature.pkcs7_content).dump())
    written = signature.pkcs7_content[:length].hex().upper().ljust(end - start - 2, "0")
    return content[start:end] == b"<" + written.encode() + b">"


def _certificates(pem: bytes) -> list[x509.Certificate]:
    """The signer's certificate, then those of its chain."""
    return list(load_certs_from_pemder_data(pem))

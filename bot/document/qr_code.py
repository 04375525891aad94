"""The QR code on every page: what a scan says of itself, and the code that shows it was printed by this bot.

`4DME-7K3M9Q2X:1:29.04.2026:1/2:MFRGGZDFMZTWQ2LK`: request id, document number, LA version, page and page count, and
80 bits of HMAC-SHA256 in base32. Every character is of the QR alphanumeric set (ISO/IEC 18004, 7.3.4), so that the
squares stay large.
"""

import base64
import hmac
import math
import re
from dataclasses import dataclass

import zxingcpp

_TEXT = re.compile(r"([A-Z0-9-]+):(\d+):([A-Z0-9.-]+):(\d+)/(\d+):([A-Z2-7]{16})")


@dataclass(frozen=True, slots=True)
class ScanCode:
    """The content of one page's code. `page` counts from 1."""

    request_id: str
    number: int
    version: str
    page: int
    pages: int

    def text(self, secret: bytes) -> str:
        """Return the text that the QR code holds."""
        said = f"{self.request_id}:{self.number}:{self.version}:{self.page}/{self.pages}"
        return f"{said}:{_authentication(said, secret)}"

    @classmethod
    def parse(cls, text: str, secret: bytes) -> "ScanCode | None":
        """Read what `text` wrote; None where it is something else, or was not written with this secret."""
        found = _TEXT.fullmatch(text)
        if not found or not hmac.compare_digest(_authentication(text.rpartition(":")[0], secret), found[6]):
            return None
        return cls(found[1], int(found[2]), found[3], int(found[4]), int(found[5]))


def drawing(text: str, left: float, bottom: float, side: float) -> bytes:
    """PDF operators that draw the code as a square; its quiet zone is the paper around. Points."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = bytes(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[call-overload]  # it is a buffer
    count = math.isqrt(len(pixels))
    bits = "".join(_hex(pixels[start : start + count]) for start in range(0, len(pixels), count))
    return (
        f"q 0 g {side:.3f} 0 0 {side:.3f} {left:.3f} {bottom:.3f} cm "
        f"BI /W {count} /H {count} /BPC 1 /IM true /D [1 0] /F /AHx ID {bits}> EI Q\n"
    ).encode()


def _hex(row: bytes) -> str:
    padded = "".join("0" if light else "1" for light in row).ljust(-(-len(row) // 8) * 8, "0")
    return f"{int(padded, 2):0{len(padded) // 4}X}"


def _authentication(said: str, secret: bytes) -> str:
    digest = hmac.digest(secret, b"scan code\n" + said.encode(), "sha256")
    return base64.b32encode(digest[:10]).decode()

"""Why a request got no answer, in words of ours: libraries name themselves, and the mirror."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from twisted.internet.error import DNSLookupError
from twisted.web.client import ResponseFailed

from crawler.errors import FetchError, TooLargeError

#: Scrapy has no class of its own for a body that unpacks to more than the limit.
_UNPACKED = "exceeded DOWNLOAD_MAXSIZE"


def translated(error: Exception, *, seconds: float, size: int) -> FetchError:
    """Return the error to raise in the place of a library's. seconds, size: the limits that were set."""
    if isinstance(error, DownloadCancelledError):
        return TooLargeError(f"larger than {size} bytes (setting max_bytes)")
    if isinstance(error, DownloadTimeoutError):
        return FetchError(f"no whole answer within {seconds:g} s (setting timeout)")
    if isinstance(error, DNSLookupError | CannotResolveHostError):
        return FetchError("the name of the host cannot be resolved")
    if isinstance(error, DownloadConnectionRefusedError):
        return FetchError("the connection was refused")
    if isinstance(error, ResponseDataLossError):
        return FetchError("the answer broke off before its end")
    return FetchError(reason(error))


def reason(error: BaseException) -> str:
    """Return one line about an error that kept a page from being fetched."""
    if _UNPACKED in str(error):
        return "its body unpacks to more than max_bytes"
    if isinstance(error.__cause__, ResponseFailed) and error.__cause__.reasons:
        # Its own words are those of a list of objects.
        return reason(error.__cause__.reasons[-1].value)
    return str(error).rstrip(".") or type(error).__name__

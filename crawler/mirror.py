"""Downloads over http and https, from the site itself or from a mirror on this machine.

Everything above the download handler sees only real addresses: robots.txt, delays, captures and
redirects behave with a mirror as they do without one.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

#: Scrapy setting: base address of the mirror, or None.
MIRROR_SETTING = "MIRROR"
#: Scrapy setting: hosts whose requests the mirror answers.
MIRROR_HOSTS_SETTING = "MIRROR_HOSTS"


class HttpHandler(HTTP11DownloadHandler):
    """Scrapy's own handler, which asks a mirror for the hosts that it stands in for."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._mirror: str | None = crawler.settings.get(MIRROR_SETTING)
        self._hosts = frozenset(crawler.settings.getlist(MIRROR_HOSTS_SETTING))

    async def download_request(self, request: Request) -> Response:
        """Fetch the request; the response carries the real address either way."""
        real = urlsplit(request.url)
        if self._mirror is None or real.hostname not in self._hosts:
            return await super().download_request(request)
        base = urlsplit(self._mirror)
        path = base.path.rstrip("/") + (real.path or "/")
        mirrored = request.replace(url=urlunsplit((base.scheme, base.netloc, path, real.query, "")))
        mirrored.headers["Host"] = real.netloc
        response = await super().download_request(mirrored)
        return response.replace(url=request.url)

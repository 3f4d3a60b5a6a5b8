"""Scrapy settings of every crawl; what differs by source or operator is set by the spider."""

BOT_NAME = "cas-news-archive"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Manners. A delay of exactly 0 would lift the limit of requests at once (PLATFORM: measured).
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "cas-news-archive"
DOWNLOAD_DELAY = 5.0
DOWNLOAD_DELAY_JITTER = 0.3
CONCURRENT_REQUESTS_PER_DOMAIN = 1
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
DEFAULT_REQUEST_HEADERS = {
    # No br and no zstd: bodies are kept as sent, and not every WARC reader can undo those.
    "Accept-Encoding": "gzip, deflate",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
}

# The WARC is the cache, and the intake decides what a redirect means.
HTTPCACHE_ENABLED = False
METAREFRESH_ENABLED = False
# Only robots.txt is followed by Scrapy: as far as RFC 9309, section 2.3.1.2, wants it at least.
REDIRECT_MAX_TIMES = 5
# What is asked for, and how often, stands in the archive: an address is leased before it is asked for.
SCHEDULER = "crawler.scheduler.AgendaScheduler"
RETRY_ENABLED = False
CONCURRENT_REQUESTS = 1
BACKOFF_FIRST = 10.0
BACKOFF_LONGEST = 900.0
BACKOFF_MOST = 8

# Nothing but http and https, nothing that listens, nothing that runs posted code.
DOWNLOAD_HANDLERS = {
    "http": "crawler.download.HttpHandler",
    "https": "crawler.download.HttpHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 32 * 2**20
DOWNLOAD_WARNSIZE = 8 * 2**20

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    # Above DownloaderStats (850): sees bodies as sent, redirects and robots.txt.
    "crawler.middlewares.capture.CaptureMiddleware": 860,
}
EXTENSIONS = {"crawler.middlewares.robots.CrawlDelay": 500}

# One page gives one step; a hundred tasks a response cost a third of the time (PLATFORM: measured).
CONCURRENT_ITEMS = 1
LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False

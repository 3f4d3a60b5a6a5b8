"""What a crawl adds to Scrapy's downloader: capture and robots.txt. They know nothing of articles."""

"""Everything that is kept of a newsroom, and every way to read it. Knows nothing of Scrapy."""

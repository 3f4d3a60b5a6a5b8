"""Scrapy spiders: they follow links, and leave reading and keeping to the intake."""

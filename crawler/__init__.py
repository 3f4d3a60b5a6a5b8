"""Everything that touches the live web, and extraction from the bytes that were captured."""

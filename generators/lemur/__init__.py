"""Curves that the LEMUR project recorded, read from its wheel."""

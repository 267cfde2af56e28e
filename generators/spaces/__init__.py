"""The search spaces that can be recorded, one file each."""

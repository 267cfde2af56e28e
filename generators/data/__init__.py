"""Training data from local folders, each with a checksum and a clear word where it is missing."""

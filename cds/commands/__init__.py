"""The commands of ``leukocds``: each parses, calls and prints."""

"""The checks, one module per subject, each function one claim."""

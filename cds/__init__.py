"""leukocds: decision support for low white blood cell counts, spoken over CDS Hooks."""

__version__ = "2026.11.0"

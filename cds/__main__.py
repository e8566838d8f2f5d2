"""``python -m cds`` is ``leukocds``."""

from cds.cli import main

main(prog_name="leukocds")

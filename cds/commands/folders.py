"""What the commands of ``leukocds knowledge`` share: which folders are meant, and loading them."""

from __future__ import annotations

from pathlib import Path

import click

from cds.errors import KnowledgeError
from cds.knowledge.base import Knowledge
from cds.knowledge.folder import PACKAGE_FOLDER
from cds.knowledge.load import load_knowledge
from cds.settings import PREFIX

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

folder_option = click.option(
    "--folder",
    type=_FOLDER,
    default=PACKAGE_FOLDER,
    show_default="the knowledge that is shipped",
    help="The knowledge folder.",
)
overlay_option = click.option(
    "--overlay",
    type=_FOLDER,
    envvar=f"{PREFIX}KNOWLEDGE_OVERLAY",
    show_envvar=True,
    help="A hospital's own folder, laid over the knowledge.",
)


def load_or_fail(folder: Path, overlay: Path | None = None) -> Knowledge:
    """The knowledge of these folders; ends the command with every problem if there is one."""
    try:
        return load_knowledge(folder, overlay)
    except KnowledgeError as fault:
        raise click.ClickException("\n".join(["The knowledge has problems:", *fault.problems])) from fault

"""``leukocds demo``: the service, one story over real HTTP, and its cards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import requests

from cds.commands.terminal import show_response
from cds.errors import StoryError
from cds.setting_values import IN_MEMORY
from cds.settings import PREFIX, Settings
from cds.stories import Story, load_story, stories_folder

_STORY = stories_folder() / "methimazole-reordered-at-anc-0.3"
_PATIENCE = 30  # seconds until the service has to be up


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=_STORY)
@click.option("--once", is_flag=True, help="End after the cards instead of serving on.")
@click.option("--port", default=Settings().port, show_default=True, help="Any free one if this is taken.")
def demo(folder: Path, once: bool, port: int) -> None:
    """Start the service on this machine, send it the story in FOLDER, print the cards and keep serving."""
    try:
        story = load_story(folder, datetime.now(UTC))
    except StoryError as error:
        raise click.ClickException(str(error)) from None
    port = _free_port(port)
    address = f"http://127.0.0.1:{port}"
    service = subprocess.Popen(  # noqa: S603  (our own command)
        [sys.executable, "-m", "cds", "serve", "--host", "127.0.0.1", "--port", str(port)],
        env={name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        | {f"{PREFIX}DATABASE_URL": IN_MEMORY},
        stdout=subprocess.DEVNULL,  # the log
    )
    try:
        _wait_for(service, address)
        _tell(story, address)
        if not once:
            click.echo(
                f"Serving on {address}/cds-services until Ctrl-C. Open {address}/sandbox in a browser."
            )
            service.wait()
    except KeyboardInterrupt:
        click.echo()
    finally:
        service.terminate()
        service.wait()


def _tell(story: Story, address: str) -> None:
    url = f"{address}/cds-services/{story.service}"
    click.echo(f"{story.title}\n{story.proves}\n\nPOST {url}\n")
    answer = requests.post(
        url, data=story.request, headers={"Content-Type": "application/json"}, timeout=_PATIENCE
    )
    if answer.status_code != requests.codes.ok:
        raise click.ClickException(f"HTTP {answer.status_code}: {answer.text}")
    show_response(answer.json())


def _wait_for(service: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if service.poll() is not None:
            raise click.ClickException("the service did not start")
        try:
            if requests.get(f"{address}/healthz", timeout=1).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise click.ClickException("the service did not answer in time")


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("no free port")

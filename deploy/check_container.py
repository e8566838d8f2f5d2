"""Build the image, run it as a hospital would, and say what was seen.

    python -m deploy.check_container            build, inspect, run; exit 1 if anything does not hold
    python -m deploy.check_container --write    and keep what was said for docs/container.md

Needs Linux, root, and Debian's buildah, podman and runc; without them it says so and checks nothing. The base
is Debian's Python, put together here with debootstrap, unless ``--python-image`` names another: neither an
engine nor a registry is needed, only a package index.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from socket import SHUT_WR, create_connection
from typing import Any

from cds import __version__
from cds.stories import load_story
from deploy.check_production import check_production
from deploy.trying import IMAGE, ROOT, container, failed, get, hold, run, said, say, wait_until_ready

KEPT = Path(__file__).with_name("container-check.txt")
BASE = "localhost/leukocds-python:bookworm"
TOOLS = ("buildah", "podman", "runc")
GRACE = 25  # seconds that a request under way may still take after SIGTERM
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # a site may look into its own TLS
INSIDE = """
import importlib.metadata, json, os, shutil, sys
status = dict(line.split(":\\t") for line in open("/proc/1/status").read().splitlines() if ":\\t" in line)
def can_write(place):
    try:
        open(place + "/x", "w").close()
    except OSError:
        return False
    return True
print(json.dumps({
    "packages": sorted({each.name.lower() for each in importlib.metadata.distributions()}),
    "sbom": json.load(open("/opt/leukocds/share/leukocds/sbom.cdx.json")),
    "tools": [name for name in "pip pip3 gcc cc g++ make uv".split() if shutil.which(name)],
    "caches": [place for place in ("/root/.cache", "/src", "/opt/build") if os.path.exists(place)],
    "ids": [os.getuid(), os.getgid()],
    "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "writable": [place for place in ("/", "/opt/leukocds", "/etc", "/var/lib/leukocds") if can_write(place)],
    "python": sys.version.split()[0],
}))
"""

# --- the image ------------------------------------------------------------------------------------------


def make_base() -> None:
    """Debian's Python as an image, unless an earlier check has made it."""
    if run("buildah", "inspect", "--type", "image", BASE, ok=False).returncode == 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        packages = "--include=python3,python3-venv,ca-certificates"
        run("debootstrap", "--variant=minbase", packages, "bookworm", folder)
        shutil.rmtree(f"{folder}/var/cache/apt")
        shutil.rmtree(f"{folder}/var/lib/apt/lists")
        container = run("buildah", "from", "scratch").stdout.strip()
        run("buildah", "add", "--quiet", container, folder, "/")
        run("buildah", "commit", "--quiet", "--rm", container, BASE)


def build(base: str) -> None:
    revision = run("git", "rev-parse", "--short", "HEAD", ok=False).stdout.strip() or "unknown"
    command = ["buildah", "bud", "--isolation", "chroot", "--format", "docker", "--network", "host"]
    if CERTIFICATES.exists():
        command += ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
    for name, value in {"PYTHON_IMAGE": base, "VERSION": __version__, "REVISION": revision}.items():
        command += ["--build-arg", f"{name}={value}"]
    start = time.monotonic()
    run(*command, "--tag", IMAGE, ".")
    say("figure", f"built in {time.monotonic() - start:.0f} s")


def check_image(base: str) -> None:
    (image,) = json.loads(run("podman", "image", "inspect", IMAGE).stdout)
    (below,) = json.loads(run("podman", "image", "inspect", base).stdout)
    config, labels = image["Config"], image["Config"]["Labels"]
    environment = dict(each.split("=", 1) for each in config["Env"])
    hold("the user is a number and not root", config["User"] == "10001:10001", config["User"])
    hold("SIGTERM stops it", config["StopSignal"] in {"SIGTERM", "15"}, config["StopSignal"])
    hold("no shell stands before it", config["Entrypoint"] == ["leukocds"], config["Entrypoint"])
    hold("it checks its own health", "cds.health" in str(image["Healthcheck"]), image["Healthcheck"])
    wanted = {"LEUKOCDS_HOST": "0.0.0.0", "LEUKOCDS_PORT": "8080", "LEUKOCDS_ENV": "production"}
    hold("it listens on 0.0.0.0:8080, as production", wanted.items() <= environment.items(), environment)
    parts = ("title", "description", "licenses", "version", "revision", "source", "base.name")
    missing = [part for part in parts if not labels.get(f"org.opencontainers.image.{part}")]
    hold("it carries the OCI labels", not missing, missing)
    hold("its label tells the version", labels["org.opencontainers.image.version"] == __version__, labels)
    hold("no secret in its environment", not [name for name in environment if "SECRET" in name], environment)
    own = (image["Size"] - below["Size"]) / 1e6
    say("figure", f"image {image['Size'] / 1e6:.0f} MB, of which {own:.0f} MB are on top of the base")


# --- running ------------------------------------------------------------------------------------------

SANDBOX = {"LEUKOCDS_ENV": "sandbox", "LEUKOCDS_SANDBOX_ANYWHERE": "1"}


def check_sandbox() -> None:
    story = load_story(ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3", datetime.now(UTC))
    with container(settings=SANDBOX) as (name, port):
        say("figure", f"ready {wait_until_ready(port):.1f} s after the start of the container")
        inside = json.loads(run("podman", "exec", name, "python", "-c", INSIDE).stdout)
        check_inside(inside)
        healthy = run("podman", "exec", name, "python", "-m", "cds.health", ok=False)
        hold("the health check says healthy", healthy.returncode == 0, healthy.stderr)
        hold("the page of the sandbox is in it", get(port, "/sandbox")[0] == 200, get(port, "/sandbox")[0])
        hold("it tells its numbers", b"leukocds_build_info" in get(port, "/metrics")[1])
        tables = run("podman", "exec", name, "leukocds", "database", "status", ok=False)
        hold("its database is there and up to date", tables.returncode == 0, tables.stdout + tables.stderr)
        check_drain(name, port, story.service, story.request)


def check_inside(seen: dict[str, Any]) -> None:
    say("seen", f"Python {seen['python']}, {len(seen['packages'])} packages")
    hold("it runs as 10001:10001", seen["ids"] == [10001, 10001], seen["ids"])
    hold("it has no capability", seen["capabilities"] == 0, hex(seen["capabilities"]))
    hold("it can gain no privilege", seen["no_new_privileges"] == "1", seen["no_new_privileges"])
    hold("it can write to its volume alone", seen["writable"] == ["/var/lib/leukocds"], seen["writable"])
    hold("no installer and no compiler is in it", not seen["tools"], seen["tools"])
    hold("nothing of the build is left in it", not seen["caches"], seen["caches"])
    listed = {part["name"].lower() for part in seen["sbom"]["components"]}
    listed.add(seen["sbom"]["metadata"]["component"]["name"].lower())
    missing = [name for name in seen["packages"] if name not in listed]
    hold("its SBOM is CycloneDX", seen["sbom"]["bomFormat"] == "CycloneDX", seen["sbom"].get("bomFormat"))
    hold("its SBOM lists all its packages", not missing and "leukocds" in listed, missing)


def check_drain(name: str, port: int, service: str, request: bytes) -> None:
    """A story is answered with cards; and so is one of which half was sent when SIGTERM came."""
    head = (
        f"POST /cds-services/{service} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(request)}\r\n\r\n"
    ).encode()
    hold("an order story gets its cards", b'"critical"' in exchange(port, head + request))
    half = len(request) // 2
    with create_connection(("127.0.0.1", port), timeout=GRACE + 10) as client:
        client.sendall(head + request[:half])
        get(port, "/healthz")  # by now the half has been read
        run("podman", "kill", "--signal", "TERM", name)
        start = time.monotonic()
        while run("podman", "exec", name, "python", "-m", "cds.health", ok=False).returncode == 0:
            time.sleep(0.05)
        client.sendall(request[half:])
        client.shutdown(SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
        hold(
            "half a request at SIGTERM is still answered",
            b" 200 " in answer and b"critical" in answer,
            answer,
        )
    status = run("podman", "wait", name).stdout.strip()
    seconds = time.monotonic() - start
    hold(f"it ends within its {GRACE} s of grace, with 0", seconds < GRACE and status == "0", status)
    say("figure", f"ended {seconds:.1f} s after SIGTERM")


def exchange(port: int, request: bytes) -> bytes:
    with create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


def check_refusal() -> None:
    with container(settings={}) as (name, _):
        status = run("podman", "wait", name).stdout.strip()
        log = run("podman", "logs", name)
    clear = "production without a known caller: set LEUKOCDS_TENANTS" in log.stderr
    hold("production without callers refuses to start, and says why", status == "1" and clear, log.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build and try the container.")
    parser.add_argument("--python-image", default=BASE, help="the base; it has to be in local storage")
    parser.add_argument("--write", action="store_true", help=f"keep what was said in {KEPT.name}")
    options = parser.parse_args()
    needed = (*TOOLS, "debootstrap") if options.python_image == BASE else TOOLS
    missing = [tool for tool in needed if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        why = f"{', '.join(missing)} not installed" if missing else "root is needed"
        print(f"SKIPPED: the container was NOT checked: {why}.", file=sys.stderr)
        return 0
    versions = (f"{tool} {run(tool, '--version').stdout.split()[2]}" for tool in TOOLS)
    say("with", ", ".join(versions))
    if options.python_image == BASE:
        make_base()
    say("base", options.python_image)
    build(options.python_image)
    check_image(options.python_image)
    check_sandbox()
    check_refusal()
    check_production()
    print(f"{len(failed)} of {len(failed) + sum(line.startswith('ok') for line in said)} claims failed")
    if options.write and not failed:
        KEPT.write_text("\n".join(said) + "\n", "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The Kubernetes manifests: rendered as kubectl does it, valid, hardened, and in step with the service."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from cds.cli import main as leukocds
from cds.knowledge.load import load_knowledge
from cds.knowledge.schema.switches import Switches
from cds.knowledge.switches import read_switches
from cds.server import _DRAIN_SECONDS
from cds.settings import load_settings
from tests.source_code import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ["production", "sandbox-trial"]
KUBERNETES = "1.34"
Resource = dict[str, Any]

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is not installed: the manifests were NOT rendered"
)


@cache
def rendered(folder: Path) -> list[Resource]:
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert ("", 0) == (done.stderr, done.returncode)
    return list(yaml.safe_load_all(done.stdout))


def resources(overlay: str, kind: str = "") -> list[Resource]:
    return [each for each in rendered(FOLDER / "overlays" / overlay) if kind in ("", each["kind"])]


def pods(overlay: str) -> list[Resource]:
    """The specification of every pod that is ever started."""
    jobs = [job["spec"]["jobTemplate"] for job in resources(overlay, "CronJob")]
    return [each["spec"]["template"]["spec"] for each in (*resources(overlay, "Deployment"), *jobs)]


def containers(overlay: str) -> list[Resource]:
    return [each for pod in pods(overlay) for each in (*pod.get("initContainers", ()), *pod["containers"])]


def settings_of(overlay: str) -> dict[str, str]:
    maps = {each["metadata"]["name"]: each["data"] for each in resources(overlay, "ConfigMap")}
    (settings,) = (data for name, data in maps.items() if name.startswith("leukocds-settings-"))
    return settings


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_resource_is_one_that_kubernetes_knows(overlay: str) -> None:
    for resource in resources(overlay):
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def test_a_misspelt_member_would_be_noticed() -> None:
    (service, *_) = resources("production", "Service")

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service | {"sepc": {}}, KUBERNETES, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_container_is_root_or_can_become_it_or_can_write_to_its_image(overlay: str) -> None:
    for pod in pods(overlay):
        context = pod["securityContext"]
        assert (True, 10001, "RuntimeDefault") == (
            context["runAsNonRoot"],
            context["runAsUser"],
            context["seccompProfile"]["type"],
        )
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert {"configMap", "emptyDir", "secret"} >= {
            kind for volume in pod["volumes"] for kind in volume if kind != "name"
        }
    for container in containers(overlay):
        assert {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        } == container["securityContext"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_has_limits(overlay: str) -> None:
    for container in containers(overlay):
        assert {"cpu", "memory"} == container["resources"]["limits"].keys()
        assert {"cpu", "memory"} == container["resources"]["requests"].keys()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_holds_a_key_to_kubernetes(overlay: str) -> None:
    assert [False] * len(pods(overlay)) == [pod["automountServiceAccountToken"] for pod in pods(overlay)]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_stands_in_the_environment_or_in_the_repository(overlay: str) -> None:
    assert [] == resources(overlay, "Secret")
    for container in containers(overlay):
        assert "env" not in container
        assert ["configMapRef"] == [kind for source in container["envFrom"] for kind in source]
    assert not [value for value in settings_of(overlay).values() if "@" in value]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_service_would_start_with_these_settings(overlay: str, tmp_path: Path) -> None:
    url = "postgresql+psycopg://leukocds:swordfish@database.hospital.example/leukocds"
    (tmp_path / "database-url").write_text(url)
    (tmp_path / "switches.toml").write_text("")
    here = {
        name: re.sub("/run/secrets/leukocds|/etc/leukocds", str(tmp_path), value)
        for name, value in settings_of(overlay).items()
    }

    settings = load_settings(here)

    assert ("0.0.0.0", 8080, 9464) == (settings.host, settings.port, settings.metrics_port)
    assert (overlay == "production") == settings.production
    assert (url if overlay == "production" else "sqlite:////var/lib/leukocds/leukocds.sqlite") == (
        settings.database_url
    )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_runs_a_command_of_ours(overlay: str) -> None:
    for container in containers(overlay):
        asked = CliRunner().invoke(leukocds, [*container.get("args", ["serve"]), "--help"])
        assert 0 == asked.exit_code, asked.output
        assert "leukocds" == container["image"].rpartition("/")[2].partition(":")[0]


def test_a_switch_reaches_the_pods_that_run() -> None:
    """A ConfigMap whose name changes, or of which a single file is mounted, would need a restart."""
    (switches,) = (
        each
        for each in resources("production", "ConfigMap")
        if each["metadata"]["name"] == "leukocds-switches"
    )
    mounts = [mount for each in containers("production") for mount in each["volumeMounts"]]

    assert Switches() == read_switches(switches["data"]["switches.toml"].encode(), "x", load_knowledge(), ())
    assert not [mount for mount in mounts if "subPath" in mount]


def test_production_survives_the_loss_of_a_node_and_a_new_version() -> None:
    (deployment,) = resources("production", "Deployment")
    (scaler,) = resources("production", "HorizontalPodAutoscaler")
    (budget,) = resources("production", "PodDisruptionBudget")
    spec = deployment["spec"]

    assert "replicas" not in spec, "to apply it again would undo what the autoscaler has done"
    assert 0 == spec["strategy"]["rollingUpdate"]["maxUnavailable"]
    assert 2 <= scaler["spec"]["minReplicas"] <= scaler["spec"]["maxReplicas"]
    assert 1 == budget["spec"]["minAvailable"]
    assert "kubernetes.io/hostname" == spec["template"]["spec"]["topologySpreadConstraints"][0]["topologyKey"]


def test_a_trial_has_one_replica_and_nothing_that_makes_more() -> None:
    (deployment,) = resources("sandbox-trial", "Deployment")

    assert 1 == deployment["spec"]["replicas"]
    assert not resources("sandbox-trial", "HorizontalPodAutoscaler")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_under_way_may_be_finished(overlay: str) -> None:
    (deployment,) = resources(overlay, "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    waits = container["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert waits + _DRAIN_SECONDS < pod["terminationGracePeriodSeconds"]
    assert "/healthz" == container["livenessProbe"]["httpGet"]["path"]
    assert "/readyz" == container["readinessProbe"]["httpGet"]["path"]


def test_nothing_gets_in_or_out_but_what_is_named() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in resources("production", "NetworkPolicy")}

    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} == policies.pop("nothing")
    assert {"from-proxy", "to-dns", "to-postgresql", "to-ehr"} == policies.keys()
    for spec in policies.values():
        for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
            assert rule["ports"]
            assert rule.get("from") or rule.get("to")


def test_a_cluster_with_the_prometheus_operator_can_scrape_it(tmp_path: Path) -> None:
    component = os.path.relpath(FOLDER / "components" / "servicemonitor", tmp_path)
    overlay = os.path.relpath(FOLDER / "overlays" / "production", tmp_path)
    (tmp_path / "kustomization.yaml").write_text(f"resources: [{overlay}]\ncomponents: [{component}]\n")

    made = rendered(tmp_path)
    (monitor,) = (each for each in made if each["kind"] == "ServiceMonitor")
    services = [each for each in made if each["kind"] == "Service"]
    labels = monitor["spec"]["selector"]["matchLabels"].items()

    (watched,) = (each for each in services if labels <= each["metadata"]["labels"].items())
    assert monitor["spec"]["endpoints"][0]["port"] == watched["spec"]["ports"][0]["name"]
    assert "from-prometheus" in {each["metadata"]["name"] for each in made}

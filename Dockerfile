# The service in a container: a Python environment built from the locked wheels, and nothing that built it.
#
#   make image             build it                 make container-check   build it, run it, try it
#
# The base is Docker's official Python image on Debian, pinned by the digest of its index (all platforms) as
# listed by docker-library/repo-info on 25 August 2026. A hospital with a base of its own:
#   docker build --build-arg PYTHON_IMAGE=registry.hospital.example/python:3.12 .
# It needs Python 3.11 or newer as `python3`, with `venv`, and the certificates of the package index it uses.
ARG PYTHON_IMAGE=docker.io/library/python:3.12-slim-bookworm@sha256:0f5b26b9518d002b6173fd61daad821fa340635ebfec5bba471013f9ca114579

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# two environments: one with pip, which stays here, and one without, which is the product
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/leukocds
COPY requirements.lock ./
RUN /opt/build/bin/pip --python /opt/leukocds/bin/python install \
      --require-hashes --only-binary :all: --requirement requirements.lock
COPY deploy/sbom.lock ./
RUN /opt/build/bin/pip install --require-hashes --only-binary :all: --requirement sbom.lock
COPY pyproject.toml README.md LICENSE ./
COPY cards cards
COPY cds cds
COPY fixtures fixtures
# setuptools only builds the project; it goes before the bill of materials is written
RUN /opt/build/bin/pip --python /opt/leukocds/bin/python install --no-deps --no-build-isolation . \
    && /opt/build/bin/pip --python /opt/leukocds/bin/python uninstall --yes setuptools \
    && mkdir -p /opt/leukocds/share/leukocds \
    && cp LICENSE /opt/leukocds/share/leukocds/ \
    && /opt/build/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
         --output-file /opt/leukocds/share/leukocds/sbom.cdx.json /opt/leukocds/bin/python \
    && /opt/leukocds/bin/python -m compileall -q /opt/leukocds/lib

FROM ${PYTHON_IMAGE}
ARG PYTHON_IMAGE
ARG VERSION=2026.11.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="leukocds" \
      org.opencontainers.image.description="CDS Hooks service that flags low white blood cell counts, ranks the drugs that may explain them, and gives infection precautions" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}"
# the base brings its own pip; what cannot be there cannot be used by an intruder
RUN find / -xdev \( -path '*/site-packages/pip' -o -path '*/site-packages/pip-*' -o -path '*/ensurepip/_bundled/*.whl' \
         -o -path '/usr/share/python-wheels/*.whl' -o -path '/usr/local/bin/pip*' -o -path '*/site-packages/setuptools*' \) \
         -prune -exec rm -rf {} + \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/leukocds
COPY --from=build /opt/leukocds /opt/leukocds
ENV PATH=/opt/leukocds/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LEUKOCDS_ENV=production \
    LEUKOCDS_HOST=0.0.0.0 \
    LEUKOCDS_PORT=8080 \
    LEUKOCDS_DATABASE_URL=sqlite:////var/lib/leukocds/leukocds.sqlite
# the only place that is written to; with PostgreSQL nothing is
VOLUME /var/lib/leukocds
WORKDIR /var/lib/leukocds
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "cds.health"]
ENTRYPOINT ["leukocds"]
CMD ["serve"]

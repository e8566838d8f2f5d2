"""Which proxy of the environment a request of ours goes through: one rule for keys, FHIR servers and RxNav.

A hospital lets machines out through a proxy that ``HTTPS_PROXY`` names, and keeps inner addresses off it by
``NO_PROXY``. Only https goes through one: in a tunnel (CONNECT), at whose far end the certificate has to be
that of the listed server. So a proxy can refuse or cut a connection, and neither choose where it ends nor
read the token in it. Plain http, in which it would be handed token and data, never does.

A password that stands in the address of the proxy goes to the proxy. Nothing else of the environment changes
whom is asked, who is believed or what is sent: no password of ``~/.netrc``, no authority of
``REQUESTS_CA_BUNDLE``. (Below us urllib3 writes the keys of its TLS sessions to ``SSLKEYLOGFILE``, where that
is set.)
"""

from __future__ import annotations

from requests.exceptions import InvalidProxyURL, InvalidSchema, ProxyError
from requests.utils import get_environ_proxies, select_proxy

PROXY_FAULTS = (ProxyError, InvalidProxyURL, InvalidSchema)
"""What is raised where the proxy refuses, is not there, or is of a kind that is not spoken (SOCKS)."""


def proxies_for(url: str) -> dict[str, str]:
    """What ``requests`` is to be told as ``proxies`` of a request to ``url``; empty to go there directly."""
    if not url.lower().startswith("https://"):
        return {}
    proxy = select_proxy(url, get_environ_proxies(url))
    return {"https": proxy} if proxy else {}

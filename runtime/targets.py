"""Which addresses of others a program of ours may be sent to: how they are written, and where they lie. Pure.

An address is read once, strictly, and what was read is what is connected to; nothing is left for a second reader to
understand otherwise. Hosts written as numbers must be the plain form, so that `0x7f.1` or `2130706433` are no hosts.
"""

import ipaddress
import re
from dataclasses import dataclass

from core.errors import Invalid

LONGEST = 2_000
_URL = re.compile(
    r"(https?)://(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))(?::([0-9]{1,5}))?(/[!-~]*)?", re.ASCII
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_ENDS_IN_A_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)", re.ASCII)

_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_TOLD = tuple(
    ipaddress.ip_network(each) for each in ("2002::/16", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
)
"""6to4 and its relay, Teredo and other assignments of the IETF, documentation: no server of anybody is there, or what
such an address reaches is another one, written inside it."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address as it is connected to. `host` has no brackets; `path` begins with a slash and has the query."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def target_of(url: str, *, allow_private: bool = False) -> Target:
    """Reads an address; `Invalid` says what is wrong with it. With `allow_private` plain http and names without a dot
    will do: development and tests."""
    found = _URL.fullmatch(url) if len(url) <= LONGEST else None
    if found is None or "#" in url or "\\" in url:
        raise _bad("An address is https://host/path in plain ASCII, without user, spaces or fragment.")
    scheme, v6, name, port, path = found.groups()
    if scheme != "https" and not allow_private:
        raise _bad("The address begins with https://.")
    number = int(port) if port else 443 if scheme == "https" else 80
    if not 1 <= number <= 65_535:
        raise _bad(f"There is no port {number}.")
    host = _v6(v6) if v6 else _host(name, allow_private)
    is_private = _is_literal(host) and not is_public(host)
    if is_private and not allow_private:
        raise _bad("This address lies in a private network or on this machine; only public ones are told.")
    return Target(scheme == "https", host, number, path or "/")


def is_public(address: str) -> bool:
    """True for an IP address that lies in the public internet, whatever it is wrapped in. What is no address is not."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _GLOBAL_V6:
            return False
    if any(ip in network for network in _NOT_TOLD):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local)


def _host(name: str, allow_private: bool) -> str:
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise _bad("The host is written in letters, digits, dots and hyphens; international names as xn--….")
    if _ENDS_IN_A_NUMBER.fullmatch(labels[-1]):
        return _v4(name)
    if not allow_private and (len(labels) == 1 or labels[-1].lower() in ("localhost", "local", "internal")):
        raise _bad("The host is a full name, such as erp.example.com.")
    return name.lower()


def _v4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise _bad("A host that ends in a number is an IPv4 address such as 203.0.113.7, in plain decimals.") from None


def _v6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise _bad("What stands in brackets is no IPv6 address.") from None


def _is_literal(host: str) -> bool:
    return ":" in host or _ENDS_IN_A_NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _bad(message: str) -> Invalid:
    return Invalid.because("/url", message, field="url")

"""Which names and addresses are of this machine alone."""

from ipaddress import IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Return whether this is a name or an address of this machine alone, without asking anyone.

    An IPv4 address that is written as one of IPv6, `::ffff:127.0.0.1`, is none, whatever the release of Python says.
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    is_mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return address.is_loopback and not is_mapped

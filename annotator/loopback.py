"""Which names and addresses are of this machine alone."""

from ipaddress import IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Return whether this is a name or an address of this machine alone, without asking anyone.

    An IPv4 address that is written as one of IPv6, `::ffff:127.0.0.1`, is the IPv4 address.
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback

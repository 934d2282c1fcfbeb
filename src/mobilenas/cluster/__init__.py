"""Ray, in which trials and trainings run: the connection to it, and how many processes fit into its machines."""

from mobilenas.cluster.address import check_reachable
from mobilenas.cluster.connection import (
    Cluster,
    check_installed,
    check_one_address,
    one_connection,
    ray_connected,
)
from mobilenas.cluster.room import machines, most_of, room_for

__all__ = [
    "Cluster",
    "check_installed",
    "check_one_address",
    "check_reachable",
    "machines",
    "most_of",
    "one_connection",
    "ray_connected",
    "room_for",
]

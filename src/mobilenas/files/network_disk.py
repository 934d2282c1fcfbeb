"""Tells whether a file lies on another machine, where SQLite's locks may not hold."""

from __future__ import annotations

from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

OF_NETWORKS = frozenset(
    (
        "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.juicefs", "fuse.s3fs", "fuse.sshfs",
        "gpfs", "lustre", "nfs", "nfs4", "orangefs", "panfs", "pvfs2", "smb2", "smb3", "smbfs",
    )
)  # fmt: skip
"""Names of the file systems that several machines can mount."""


def network_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """Returns the name of the network file system on which a file or a folder lies, or would lie.

    Args:
        path: the file or folder, which need not exist
        mounts: the list of mounted file systems, in the form of Linux's ``/proc/self/mountinfo``

    Returns:
        empty if the file system is of this machine, or if the system has no such list
    """
    if not mounts.is_file():
        return ""
    path, longest, kind = path.absolute().resolve(), -1, ""
    for line in mounts.read_text("utf-8", "surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        if len(fields := before.split(" ")) < 5 or not after:
            continue
        place = Path(_unescaped(fields[4]))
        if path.is_relative_to(place) and len(place.parts) >= longest:  # the last one hides those before it
            longest, kind = len(place.parts), after.split(" ")[0]
    return kind if kind in OF_NETWORKS else ""


def _unescaped(text: str) -> str:
    """Returns a path with the characters that the list writes as numbers, for example a space as ``\\040``."""
    for code in ("\\040", "\\011", "\\012", "\\134"):
        text = text.replace(code, chr(int(code[1:], 8)))
    return text

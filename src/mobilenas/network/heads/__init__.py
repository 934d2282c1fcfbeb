"""Heads that read several maps of a backbone: detection and segmentation."""

from mobilenas.network.heads.aspp import LRASPP, RASPP
from mobilenas.network.heads.base import Head, heads
from mobilenas.network.heads.ssdlite import SSDLite

__all__ = ["LRASPP", "RASPP", "Head", "SSDLite", "heads"]

"""Contract suites for parts: this project's own, and those of installed packages.

A suite is a list of checks that every part of a kind must pass; the parts are found by themselves, in the registry of
operations and in ``conf/<group>/*.yaml``. A package tests its parts, and this project's beside them, by::

    import pytest
    from mobilenas.testing import KINDS, cases


    @pytest.mark.parametrize(("check", "part"), [case for kind in KINDS for case in cases(kind)])
    def test_contract(check, part):
        check(part)
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)

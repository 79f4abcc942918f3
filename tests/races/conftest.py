"""Races need commits that others see."""

from tests.support.committed import committed_db

__all__ = ["committed_db"]

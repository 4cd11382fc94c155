"""Profiles of the property tests: `normal`, and `deep` (TTPLAN_PROFILE=deep) for thousands of cases."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_CALM = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile("normal", deadline=None, derandomize=True, suppress_health_check=_CALM)
settings.register_profile("deep", deadline=None, suppress_health_check=_CALM, print_blob=True)
settings.load_profile("deep" if os.environ.get("TTPLAN_PROFILE") == "deep" else "normal")

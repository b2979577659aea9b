"""A service assembled from its parts: HTTP, lanes, relays, timers, the audit's sealer, health, shutdown."""

from shared.runtime.context import Context, Parts, Tick, Timer
from shared.runtime.service import Service, run_service
from shared.runtime.settings import Settings

__all__ = ["Context", "Parts", "Service", "Settings", "Tick", "Timer", "run_service"]

"""Settings of safeguarding: those of every service, and where its playbook is."""

from pathlib import Path

from services.safeguarding.playbook_files import SHIPPED
from shared.runtime import Settings


class SafeguardingSettings(Settings):
    """`playbook` is a folder of YAML files; the one that ships is used unless a deployment has its own."""

    playbook: Path = SHIPPED

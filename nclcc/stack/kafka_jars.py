"""Apache Kafka's jars: resolved once by Maven into a cache, used only if each has its committed checksum."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from nclcc.stack.deployment import deployment_file
from nclcc.stack.errors import StackError, tail

POM = "kafka/pom.xml"
CHECKSUMS = "kafka/jars.sha256"
RESOLVE_SECONDS = 300


def kafka_version() -> str:
    """The version that `pom.xml` pins."""
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)</version>", _text(POM))
    if found is None:
        raise StackError(f"deploy/{POM} names no version of kafka_2.13")
    return found.group(1)


def kafka_available() -> bool:
    """Whether Java is here, and either Maven or jars that were fetched before."""
    return shutil.which("java") is not None and (shutil.which("mvn") is not None or cache_directory().is_dir())


def verified_jars() -> list[Path]:
    """The jars, fetched if not in the cache. Raises StackError if one is missing, altered or surplus."""
    cache = cache_directory()
    if not cache.is_dir():
        _fetch(cache)
    return verify(cache, expected_sums(_text(CHECKSUMS)))


def cache_directory() -> Path:
    """One directory for each version of the list, so that a changed list fetches anew."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    fingerprint = hashlib.sha256(_text(CHECKSUMS).encode()).hexdigest()[:12]
    return root / "nclcc" / f"kafka-{fingerprint}"


def expected_sums(text: str) -> dict[str, str]:
    """A `sha256sum` listing as name to checksum."""
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return {name.strip(): checksum for checksum, name in pairs}


def verify(directory: Path, expected: dict[str, str]) -> list[Path]:
    """The directory's jars, by name. Raises StackError unless they are exactly those expected."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.glob("*.jar")}
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        names = ", ".join(wrong[:5])
        raise StackError(f"Kafka's jars in {directory} are not those in deploy/{CHECKSUMS}: {names}. Remove it.")
    return [directory / name for name in sorted(found)]


def _fetch(cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    # Fetched aside, checked, then renamed: an interrupted or altered fetch is never taken for a whole one.
    with tempfile.TemporaryDirectory(dir=cache.parent) as aside:
        jars = Path(aside) / "jars"
        _run_maven(jars, Path(aside) / "maven.log")
        verify(jars, expected_sums(_text(CHECKSUMS)))
        if not cache.is_dir():
            jars.rename(cache)


def _run_maven(target: Path, log: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError("Maven (mvn) is not installed: it fetches Apache Kafka's jars")
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={target}")
    with log.open("wb") as output:
        done = subprocess.run(
            (maven, "-B", "-q", "-f", str(deployment_file(POM)), *goal),
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=RESOLVE_SECONDS,
        )
    if done.returncode != 0:
        raise StackError(f"Maven could not fetch Apache Kafka:\n{tail(log)}")


def _text(relative: str) -> str:
    return deployment_file(relative).read_text(encoding="utf-8")

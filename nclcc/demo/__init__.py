"""The scenario played through Kafka as outside force systems would, checked step by step, on a live timeline."""

from nclcc.demo.run import run_demo

__all__ = ["run_demo"]

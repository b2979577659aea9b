"""The servers below the product (a broker, a database) and its processes, started and stopped."""

from nclcc.stack.bootstrap import DATABASE, bootstrap_database
from nclcc.stack.choice import Stack, StackName, choose_stack
from nclcc.stack.containers import ContainerKafka, ContainerPostgres
from nclcc.stack.environment import EnvBroker, EnvDatabase
from nclcc.stack.errors import StackError
from nclcc.stack.kafka import LocalKafka
from nclcc.stack.network import free_port
from nclcc.stack.parts import (
    ADMIN,
    SERVICE_PRINCIPALS,
    SERVICES,
    Broker,
    Database,
    Part,
    Security,
    database_url,
)
from nclcc.stack.postgres import EmbeddedPostgres
from nclcc.stack.process import Command, Process
from nclcc.stack.supervisor import ProcessSupervisor, deaf_to_signals, unwinding_on_signals
from nclcc.stack.tansu import TansuBroker

__all__ = [
    "ADMIN",
    "DATABASE",
    "SERVICES",
    "SERVICE_PRINCIPALS",
    "Broker",
    "Command",
    "ContainerKafka",
    "ContainerPostgres",
    "Database",
    "EmbeddedPostgres",
    "EnvBroker",
    "EnvDatabase",
    "LocalKafka",
    "Part",
    "Process",
    "ProcessSupervisor",
    "Security",
    "Stack",
    "StackError",
    "StackName",
    "TansuBroker",
    "bootstrap_database",
    "choose_stack",
    "database_url",
    "deaf_to_signals",
    "free_port",
    "unwinding_on_signals",
]

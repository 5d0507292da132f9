"""The typed configuration: YAML and .env, secrets by reference, every mistake with file, line and the nearest right name."""

from pipeline.settings.available import not_available
from pipeline.settings.feed import Deliver, Feed
from pipeline.settings.load import load, project_root
from pipeline.settings.models import Credential, Instance, Settings
from pipeline.settings.secret import Secret, SecretReference

__all__ = [
    "Credential",
    "Deliver",
    "Feed",
    "Instance",
    "Secret",
    "SecretReference",
    "Settings",
    "load",
    "not_available",
    "project_root",
]

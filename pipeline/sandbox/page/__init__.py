"""The web page for people: what is in the account, what was imported, and two things to do: upload and abort."""

from pipeline.sandbox.page.routes import blueprint

__all__ = ["blueprint"]

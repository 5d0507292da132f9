from tests.ledger.kit import clock, ledger

__all__ = ["clock", "ledger"]

from tests.intake.kit import clock, folder, open_folder, store

__all__ = ["clock", "folder", "open_folder", "store"]

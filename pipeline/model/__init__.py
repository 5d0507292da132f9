"""The frozen values that pass between rooms. Modules with frames import pandas; `clock`, `drop` and `states` do not."""

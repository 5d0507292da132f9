"""Offsets of the time zones that Ruby's date reader knows by name; all others count as none."""

import re

__all__ = ["zone_offset"]

_HOURS = {
    "utc": 0, "ut": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mewt": 1, "mez": 1, "swt": 1, "fwt": 1,
    "cest": 2, "mest": 2, "mesz": 2, "sst": 2, "fst": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "msd": 4, "bt": 3, "zp4": 4,
    "zp5": 5, "ist": 5.5, "zp6": 6, "wast": 2, "wat": -1, "at": -2, "ndt": -2.5, "nst": -3.5, "nt": -3.5, "brst": -2, "brt": -3,
    "adt": -3, "ast": -4, "clst": -3, "clt": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7,
    "pdt": -7, "pst": -8, "akdt": -8, "ydt": -8, "akst": -9, "yst": -9, "hadt": -9, "hdt": -9, "hast": -10, "hst": -10, "cat": 2,
    "ahst": -10, "nzst": 12, "nzt": 12, "nzdt": 13, "idle": 12, "idlw": -12, "jst": 9, "cct": 8, "wadt": 8, "east": 10, "gst": 10,
    "eadt": 11, "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "k": 10, "l": 11, "m": 12, "n": -1,
    "o": -2, "p": -3, "q": -4, "r": -5, "s": -6, "t": -7, "u": -8, "v": -9, "w": -10, "x": -11, "y": -12,
    "eastern": -5, "central": -6, "mountain": -7, "pacific": -8,
}  # fmt: skip
_NUMERIC = re.compile(r"(?:gmt|utc?)?([-+])(\d+)(?:([,.:])(\d+)(?::(\d+))?)?", re.IGNORECASE)


def zone_offset(zone: str) -> int | None:
    """Seconds east of UTC, None for a name that is not known."""
    name = " ".join(zone.lower().split())
    saving = 0
    for ending, hours in ((" standard time", 0), (" daylight time", 1), (" dst", 1)):
        if name.endswith(ending):
            name, saving = name.removesuffix(ending), hours
    if name in _HOURS:
        return int((_HOURS[name] + saving) * 3600)
    match = _NUMERIC.fullmatch(name)
    return None if match is None else _numeric_offset(match)


def _numeric_offset(match: re.Match[str]) -> int:
    sign = -1 if match[1] == "-" else 1
    digits, separator, more, seconds = match[2], match[3], match[4], match[5]
    if separator == ":":
        return sign * (int(digits) * 3600 + int(more) * 60 + int(seconds or 0))
    if separator:
        return sign * round(float(f"{digits}.{more}") * 3600)
    if len(digits) <= 2:
        return sign * int(digits) * 3600
    padded = digits if len(digits) % 2 == 0 else "0" + digits
    hours, minutes = int(padded[:2]), int(padded[2:4])
    return sign * (hours * 3600 + minutes * 60 + int(padded[4:6] or 0))

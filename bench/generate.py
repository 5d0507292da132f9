"""A PeopleSoft-style export of any size, always the same for a seed: `python -m bench.generate DIR [--scale 1.0] [--seed 7]`.

200,000 PERSON, 50,000 CLASS and 2,000,000 ENRL rows at scale 1, CRLF line ends; 1 % of the enrollments are repeats of
others, 0.1 % name a class that does not exist. All people are invented.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["generate"]

PEOPLE, CLASSES, ENROLLMENTS = 200_000, 50_000, 2_000_000
REPEATED, ORPHANED = 0.01, 0.001
TERMS = ("2262", "2264", "2266", "2268", "2272")
FIRST = ("Ada", "Ben", "Chloë", "Dev", "Esi", "Farid", "Grace", "Hodan", "Ines", "José", "Kai", "Lotte", "Minh", "Noor")
LAST = (
    "Abdi",
    "Brightwater",
    "Castellanos",
    "Delacroix",
    "Eze",
    "Frost",
    "Ito",
    "Keane",
    "Lindqvist",
    "Nguyễn",
    "O'Rourke",
)
SUBJECTS = ("ACCT", "BIOL", "CHEM", "ENGL", "HIST", "MATH", "NURS", "PHIL", "SOCI", "THEA")
TITLES = ("General", "Advanced", "Foundations of", "Topics in", "Clinical", "Applied")
STATUSES, STATUS_SHARES = ("E", "D", "W"), (0.9, 0.08, 0.02)


def generate(folder: Path, *, scale: float = 1.0, seed: int = 7) -> dict[str, int]:
    """Writes PERSON.csv, CLASS.csv and ENRL.csv; the number of rows of each."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    people, classes, wanted = (max(1, int(number * scale)) for number in (PEOPLE, CLASSES, ENROLLMENTS))
    emplids = _padded(np.arange(people) * 7 + 10_000_000, 11)
    _write(folder / "PERSON.csv", ("EMPLID", "OPRID", "FIRST", "LAST", "EMAIL"), _people(random, emplids))
    strm, number, columns = _classes(random, classes)
    _write(folder / "CLASS.csv", ("STRM", "CLASS_NBR", "SUBJECT", "CATALOG_NBR", "CLASS_SECTION", "DESCR"), columns)
    rows = _enrollments(random, emplids, (strm, number), wanted)
    _write(folder / "ENRL.csv", ("EMPLID", "STRM", "CLASS_NBR", "STDNT_ENRL_STATUS", "ENRL_ADD_DT"), rows)
    return {"PERSON": people, "CLASS": classes, "ENRL": len(rows[0])}


def _people(random: np.random.Generator, emplids: pa.Array) -> list[pa.Array]:
    count = len(emplids)
    login = pc.binary_join_element_wise("a", _padded(np.arange(count), 8), "")
    mail = pc.binary_join_element_wise(login, "@students.harborridge.example", "")
    return [emplids, login, _picked(random, FIRST, count), _picked(random, LAST, count), mail]


def _classes(random: np.random.Generator, count: int) -> tuple[pa.Array, pa.Array, list[pa.Array]]:
    strm = pa.array(TERMS, pa.string()).take(pa.array(np.arange(count) % len(TERMS)))
    number = _padded(np.arange(count) // len(TERMS) + 10_001, 5)
    subject = _picked(random, SUBJECTS, count)
    catalog = pc.binary_join_element_wise(" ", _padded(random.integers(100, 500, count), 3), "")
    section = _padded(random.integers(1, 30, count), 3)
    title = pc.binary_join_element_wise(_picked(random, TITLES, count), subject, " ")
    return strm, number, [strm, number, subject, catalog, section, title]


def _enrollments(
    random: np.random.Generator, emplids: pa.Array, classes: tuple[pa.Array, pa.Array], wanted: int
) -> list[pa.Array]:
    strm, number = classes
    repeats, orphans = int(wanted * REPEATED), int(wanted * ORPHANED)
    alone = wanted - repeats
    pairs = np.unique(random.integers(0, len(emplids) * len(strm), int(alone * 1.01) + 10))
    pairs = random.permutation(pairs)[:alone]
    person, place = pa.array(pairs // len(strm)), pa.array(pairs % len(strm))
    statuses = pa.array(STATUSES, pa.string()).take(pa.array(random.choice(len(STATUSES), alone, p=STATUS_SHARES)))
    days = pa.array([f"2026-{month:02d}-{day:02d}" for month in (6, 7, 8) for day in range(1, 31)])
    added = days.take(pa.array(random.integers(0, len(days), alone)))
    is_orphan = np.zeros(alone, bool)
    is_orphan[random.choice(alone, orphans, replace=False)] = True
    numbers = pc.if_else(pa.array(is_orphan), "99999", number.take(place))
    columns = [emplids.take(person), strm.take(place), numbers, statuses, added]
    order = pa.array(random.permutation(np.concatenate((np.arange(alone), random.integers(0, alone, repeats)))))
    return [column.take(order) for column in columns]


def _padded(numbers: np.ndarray, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def _picked(random: np.random.Generator, choices: Sequence[str], count: int) -> pa.Array:
    return pa.array(choices, pa.string()).take(pa.array(random.integers(0, len(choices), count)))


def _write(path: Path, header: Sequence[str], columns: Sequence[pa.Array]) -> None:
    lines = pc.binary_join_element_wise(*columns, ",").to_pylist()
    path.write_bytes("\r\n".join([",".join(header), *lines, ""]).encode())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    print(generate(given.folder, scale=given.scale, seed=given.seed))


if __name__ == "__main__":
    main()

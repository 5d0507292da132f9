"""One measurement of `bench.sandbox`, in a process of its own: python -m bench.sandbox_once SCALE memory|file."""

import io
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

USERS, COURSES, SECTIONS, ENROLLMENTS = 200_000, 25_000, 50_000, 2_000_000
CHANGED = 1_000
LIMIT_SECONDS = 3600.0


def users(count: int) -> Iterator[str]:
    yield "user_id,login_id,first_name,last_name,email,status\n"
    for n in range(count):
        yield f"u{n:07d},login{n:07d},First{n % 997},Last{n % 4999},u{n:07d}@example.edu,active\n"


def courses(count: int) -> Iterator[str]:
    yield "course_id,short_name,long_name,status\n"
    for n in range(count):
        yield f"c{n:06d},C{n},Course number {n},active\n"


def sections(count: int, course_count: int) -> Iterator[str]:
    yield "section_id,course_id,name,status\n"
    for n in range(count):
        yield f"s{n:06d},c{n % course_count:06d},Section {n},active\n"


def enrollments(count: int, section_count: int, user_count: int, *, status: str = "active") -> Iterator[str]:
    """Each section's people, spread over all users."""
    per_section = -(-count // section_count)
    yield "section_id,user_id,role,status\n"
    for n in range(count):
        section, place = divmod(n, per_section)
        yield f"s{section:06d},u{(section * 7919 + place * 104729) % user_count:07d},student,{status}\n"


def zipped(files: dict[str, Iterator[str]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, lines in files.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write("".join(lines).encode())
    return buffer.getvalue()


def main() -> None:
    scale, place = float(sys.argv[1]), sys.argv[2]
    user_count, course_count, section_count, count = (
        max(int(n * scale), 10) for n in (USERS, COURSES, SECTIONS, ENROLLMENTS)
    )
    big = zipped(
        {
            "users.csv": users(user_count),
            "courses.csv": courses(course_count),
            "sections.csv": sections(section_count, course_count),
            "enrollments.csv": enrollments(count, section_count, user_count),
        }
    )
    small = zipped({"enrollments.csv": enrollments(CHANGED, section_count, user_count, status="inactive")})
    before = peak()
    started = time.perf_counter()
    from pipeline.sandbox.engine import Engine, ImportOptions, Upload  # the start is measured

    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder) / "sandbox.sqlite" if place == "file" else None)
        start_seconds = time.perf_counter() - started

        def timed(content: bytes) -> float:
            begun, cpu = time.perf_counter(), time.process_time()
            import_id = engine.save_import(1, Upload("upload.zip", content))
            engine.start_import(import_id, ImportOptions())
            assert engine.wait_until_idle(LIMIT_SECONDS)
            seconds = time.perf_counter() - begun
            print(f"  cpu {time.process_time() - cpu:.1f} s")
            with engine.database.read() as cursor:
                state = cursor.execute("SELECT workflow_state FROM imports WHERE id = ?", (import_id,)).fetchone()[0]
            assert state == "imported", state
            return seconds

        rows = user_count + course_count + section_count + count
        seconds = timed(big)
        print(f"{place}, {rows:,} rows: {seconds:.1f} s, {rows / seconds:,.0f} rows/s, peak {peak() - before:,.0f} MB")
        print(f"  the same again (nothing changes): {timed(big):.1f} s")
        print(f"  {CHANGED:,} changed rows into it: {timed(small):.2f} s")
        begun = time.perf_counter()
        engine.reset()
        print(f"  reset: {(time.perf_counter() - begun) * 1000:.1f} ms; start: {start_seconds:.2f} s", flush=True)
        engine.close()


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

"""For each finding about a whole file, an upload that brings it."""

import io
import zipfile

from pipeline.checks import check_canvas_csvs

HEADER = "user_id,login_id,full_name,status\n"
ROW = "U-1,ada,Ada Moreno,active\n"


def one(name, content):
    def run(tmp_path):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return check_canvas_csvs([path])

    return run


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def missing(tmp_path):
    return check_canvas_csvs([tmp_path / "gone.csv"])


def huge(tmp_path):
    path = tmp_path / "users.csv"
    with path.open("wb") as file:
        file.truncate((2 << 30) + 1)  # a hole: takes no room on disk
    return check_canvas_csvs([path])


def known_broken(tmp_path):
    (tmp_path / "users.csv").write_text(HEADER + ROW)
    (tmp_path / "known.zip").write_bytes(b"PK\x03\x04 cut off")
    return check_canvas_csvs([tmp_path / "users.csv"], [tmp_path / "known.zip"])


FILE_EXAMPLES = {
    "file-not-utf8": one("users.csv", (HEADER + "U-1,ada,Mu\u00f1oz,active\n").encode("latin-1")),
    "file-malformed-header": one("users.csv", 'user_id,login"_id,full_name,status\n'),
    "file-malformed": one("users.csv", HEADER + 'U-1,ada,Ada "the" Moreno,active\n'),
    "file-unknown-header": one("users.csv", "user_id;login_id;full_name;status\n"),
    "file-unknown-type": one("upload.zip", zipped({"notes.txt": "x", "users.csv": HEADER + ROW})),
    "file-not-csv": one("users.xlsx", b"PK"),
    "file-broken-archive": one("upload.zip", b"PK\x03\x04 cut off"),
    "file-archive-too-large": one("upload.zip", zipped({"users.csv": HEADER + ROW * 100_000})),
    "file-too-large": huge,
    "file-unreadable": missing,
    "file-known-unreadable": known_broken,
    "file-empty": one("users.csv", "\n\n"),
    "file-breaks-off": one("terms.csv", f"term_id,name,status\nT-1,{'W' * 300},active\n"),
    "file-column-lost": one("users.csv", "user_id, login_id,full_name,status\n" + ROW),
    "file-unknown-column": one("users.csv", "user_id,login_id,full_name,status,shoe_size\nU-1,ada,Ada,active,7\n"),
    "file-header-only": one("users.csv", HEADER),
    "file-long-rows": one("users.csv", HEADER + "U-1,ada,Moreno, Ada,active\n"),
}

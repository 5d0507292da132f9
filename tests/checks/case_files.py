"""The acceptance cases as uploads for the checks: which can be decided from files, and what Canvas says in their last step."""

import base64
import re
import zipfile
from collections import Counter
from pathlib import Path

import yaml

from tests.tools import SHARED

OWN = Path(__file__).resolve().parents[1] / "acceptance" / "cases"


def case_folder():
    return OWN if OWN.is_dir() else SHARED / "canvas" / "cases"


def all_cases(version="current"):
    cases = [
        case
        for path in sorted(case_folder().glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    return [case for case in cases if str(case.get("canvas_version", version)) == version]


def is_decidable(case):
    plain = all("files" in step and not step.get("params") for step in case["steps"])
    return case["decidable"] == "files" and not case.get("given") and plain


def write_upload(step, folder, *, without=()):
    """One step's files as Canvas gets them: a zip, or one file as it is. without: (file, row) that Canvas refused."""
    files = step["files"]
    members = (
        {one["path"]: base64.b64decode(one["base64"]) if "base64" in one else one["text"].encode() for one in files}
        if isinstance(files, list)
        else {name: text.encode() for name, text in files.items()}
    )
    if without:
        members = {name: _without(content, name, without) for name, content in members.items()}
    folder.mkdir(parents=True, exist_ok=True)
    if step.get("zip", len(members) > 1) or not members:
        path = folder / "upload.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path
    name, content = next(iter(members.items()))
    path = folder / name.rsplit("/", 1)[-1]
    path.write_bytes(content)
    return path


def _without(content, name, without):
    rows = {row for file, row in without if file == name.rsplit("/", 1)[-1]}
    lines = re.split(r"(?<=\n)", content.decode(errors="surrogateescape"))  # at line feeds alone
    kept, number = [], 0
    for line in lines:
        if line.strip("\r\n"):
            number += 1
        if number not in rows or not line.strip("\r\n"):
            kept.append(line)
    return "".join(kept).encode(errors="surrogateescape")


def refused_rows(step):
    """Rows that Canvas left out, by its messages: dates and e-mail addresses that it cannot read leave a row in."""
    stays = re.compile(
        "Bad date format|The email address associated|Attempted enrolling of deleted user|Enrolled a user"
    )
    return [
        (message.get("file", "").rsplit("/", 1)[-1], message["row"])
        for message in step["expect"].get("messages", ())
        if message.get("row") and not stays.match(message.get("message", ""))
    ]


def expected(step):
    return [
        (
            (one.get("file") or "").rsplit("/", 1)[-1],
            one.get("row"),
            one["severity"],
            one.get("message"),
            one.get("message_regex"),
        )
        for one in step["expect"].get("messages", ())
    ]


def predicted(check):
    return [
        ((check.files[one.file_no] if one.file_no >= 0 else "").rsplit("/", 1)[-1], one.canvas_row if one.canvas_row >= 0 else None,
         one.canvas_severity, one.canvas_message)
        for one in check.findings.itertuples()
        if one.canvas_message
    ]  # fmt: skip


def differences(want, have):
    """What is missing and what is invented, as readable lines."""
    left = list(have)
    wrong = []
    for file, row, severity, message, pattern in want:
        fits = [
            one for one in left
            if one[:3] == (file, row, severity) and (one[3] == message or (pattern and re.fullmatch(pattern, one[3])))
        ]  # fmt: skip
        if fits:
            left.remove(fits[0])
        else:
            wrong.append(f"missing: {file} row {row} {severity} {message or pattern}")
    return wrong + [f"invented: {one}" for one, times in Counter(left).items() for _ in range(times)]

"""Plain HTTP to a sandbox, and files to send."""

import io
import time
import zipfile

import requests

IMPORTS = "/api/v1/accounts/self/sis_imports"
ENDED = {"imported", "imported_with_messages", "failed", "failed_with_messages", "aborted"}


class Client:
    """Plain HTTP to one sandbox, with its own token unless another is given."""

    def __init__(self, sandbox):
        self.sandbox, self.url = sandbox, sandbox.url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["User-Agent"] = "tests"

    def ask(self, method, path, *, token="main", **options):
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {self.sandbox.token if token == 'main' else token}"
        url = path if path.startswith("http") else self.url + path
        return self.http.request(method, url, headers=headers, timeout=20, allow_redirects=False, **options)

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, **options):
        return self.ask("POST", path, **options)

    def put(self, path, **options):
        return self.ask("PUT", path, **options)

    def control(self, method, what, body=None):
        answer = self.ask(method, f"/sandbox/{what}", token=None, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def given(self, **wishes):
        return self.control("POST", "given", wishes)

    def faults(self, *rules, **switches):
        self.control("PUT", "faults", {"rules": list(rules), "switches": switches})

    def advance(self, seconds):
        self.control("POST", "clock", {"advance": seconds})

    def upload(self, files, **params):
        """POST files (name → text) as a zip; the answer."""
        return self.post(IMPORTS, data=params, files={"attachment": ("upload.zip", zipped(files))})

    def imported(self, files, **params):
        """Import files; the import once it has ended."""
        answer = self.upload(files, **params)
        assert answer.status_code == 200, answer.text
        return self.ended(answer.json()["id"])

    def ended(self, import_id, states=ENDED):
        return self.polled(f"{IMPORTS}/{import_id}", lambda body: body["workflow_state"] in states)

    def polled(self, path, is_there):
        deadline = time.monotonic() + 20
        while not is_there(body := self.get(path).json()):
            assert time.monotonic() < deadline, body
            time.sleep(0.01)
        return body

    def requests(self):
        return self.control("GET", "requests")


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def users_csv(*ids):
    lines = [f"{i},{i},Person {i},{i}@example.edu,active" for i in ids]
    return "\n".join(["user_id,login_id,full_name,email,status", *lines, ""])


ROSTER = {
    "users.csv": users_csv("u1", "u2", "u3"),
    "terms.csv": "term_id,name,status,start_date,end_date\nt1,Fall,active,2026-08-24T00:00:00Z,2026-12-19T00:00:00Z\n",
    "accounts.csv": "account_id,parent_account_id,name,status\na1,,Sciences,active\n",
    "courses.csv": "course_id,short_name,long_name,account_id,term_id,status\nc1,BIO,Biology,a1,t1,active\n",
    "sections.csv": "section_id,course_id,name,status\ns1,c1,Group A,active\n",
    "enrollments.csv": "course_id,user_id,role,section_id,status\nc1,u1,teacher,s1,active\nc1,u2,student,s1,active\n",
}

"""A large upload is streamed from disk: it costs next to no memory."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource, socket, sys, threading
from pathlib import Path
from pipeline.canvas.client import connect
from pipeline.canvas.http import Endpoint
from pipeline.model.clock import SystemClock

ANSWER = b'HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 8\\r\\nConnection: close\\r\\n\\r\\n{"id":1}'

def swallow(listener, size):
    connection, _ = listener.accept()
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        head += connection.recv(4096)
    left = size - len(head.split(b"\\r\\n\\r\\n", 1)[1])
    room = bytearray(65536)
    while left > 0:
        left -= connection.recv_into(room)
    connection.sendall(ANSWER)
    connection.close()

package = Path(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
client = connect(Endpoint("x", f"http://127.0.0.1:{listener.getsockname()[1]}", "test"), lambda: "t", clock=SystemClock())
server = threading.Thread(target=swallow, args=(listener, package.stat().st_size))
server.start()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert client.create_import(package, {}).import_id == 1
server.join()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
def test_an_upload_of_500_megabytes_adds_less_than_20(tmp_path: Path):
    package = tmp_path / "package.zip"
    with package.open("wb") as file:
        file.truncate(500 * 1024 * 1024)

    answer = subprocess.run([sys.executable, "-c", SCRIPT, str(package)], capture_output=True, text=True, check=True)

    assert int(answer.stdout) < 20

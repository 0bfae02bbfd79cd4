"""dbt v2 as it names its events since 2.0.0-beta.1, from a build before that: an error or a warning has the name
and the number of its code rather than `Generic`. It has no OTEL log, so that its JSON log is read.

    python renamed.py /path/to/dbt ARGUMENT...
"""
import json
import re
import signal
import subprocess
import sys

CODE = re.compile(r"^\[(?:error|warning)\] (?:\[(\w+) \(dbt(\d+)\)\])?")


def rename(line: bytes) -> bytes:
    try:
        event = json.loads(line)
        info = event["info"]
        if info["name"] != "Generic" or info["level"] not in ("error", "warn"):
            return line
        name, number = CODE.match(info["msg"]).groups()
        info["name"], info["code"] = name or "Unclassified", number or ""
        return json.dumps(event, separators=(",", ":")).encode() + b"\n"
    except (ValueError, KeyError, TypeError, AttributeError):
        return line


dbt, *arguments = sys.argv[1:]
if "otel" in arguments:
    sys.exit("error: invalid value 'otel' for '--log-format <LOG_FORMAT>'\n  [possible values: text, json, default]")
# A signal for the process group reaches dbt too, which decides what becomes of it.
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: None)
child = subprocess.Popen([dbt, *arguments], stdout=subprocess.PIPE)
for line in child.stdout:
    sys.stdout.buffer.write(rename(line))
    sys.stdout.buffer.flush()
code = child.wait()
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    signal.raise_signal(-code)
sys.exit(code)

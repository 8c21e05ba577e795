"""nginx's own PUT, for comparison: the Debian package, one worker, no flush."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

_CONFIGURATION = """\
worker_processes 1;
daemon off;
pid {root}/nginx.pid;
error_log {root}/error.log;
{user}
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {root}/arriving;
    client_max_body_size 16m;
    client_body_buffer_size 16k;
    keepalive_timeout 75s;
    keepalive_requests 1000000;
    {paths}
    server {{
        listen 127.0.0.1:{port};
        root {root}/files;
        location / {{
            dav_methods PUT;
            create_full_put_path on;
        }}
    }}
}}
"""


def is_installed() -> bool:
    """Tell whether nginx can be run (Debian: apt-get install nginx-light)."""
    return shutil.which("nginx") is not None


def start(root: Path, port: int) -> subprocess.Popen[bytes]:
    """Start nginx with everything it writes below `root`; stop it with terminate()."""
    (root / "files").mkdir(parents=True)
    user = f"user {pwd.getpwuid(os.geteuid()).pw_name};" if os.geteuid() == 0 else ""
    paths = "\n    ".join(
        f"{name}_temp_path {root}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = root / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(root=root, port=port, user=user, paths=paths))
    return subprocess.Popen(["nginx", "-p", str(root), "-c", str(configuration)])

"""A minute of camera and of screen in the form that the extension records, made with ffmpeg."""

import subprocess
from pathlib import Path

SECONDS = 60
CELL_S = 5
_CAMERA = [
    *("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10,noise=alls=12:allf=t"),
    *("-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000,volume=0.2"),
    *("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "56k"),
    *("-g", "50", "-keyint_min", "50", "-pix_fmt", "yuv420p"),
    *("-c:a", "libopus", "-b:a", "24k", "-ac", "1", "-frame_duration", "60"),
    *("-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
]
# A screen of heavy changes, thirty kilobytes in ten seconds: the recorder begins a group then
# (docs/decisions/0005).
SCREEN_GROUP_S = 10
_SCREEN = [
    *("-f", "lavfi", "-i", "testsrc=size=1920x1080:rate=1"),
    *("-c:v", "libsvtav1", "-preset", "10", "-crf", "40", "-pix_fmt", "yuv420p"),
    *("-g", str(SCREEN_GROUP_S)),
    *("-movflags", "+empty_moov+default_base_moof", "-frag_duration", "5000000"),
]


def make_clips(folder: Path) -> dict[str, Path]:
    """Write `camera.mp4` and `screen.mp4`: fragments of five seconds, sixty seconds in all."""
    made = {}
    for name, options in {"camera": _CAMERA, "screen": _SCREEN}.items():
        made[name] = folder / f"{name}.mp4"
        command = ["ffmpeg", "-v", "error", "-y", *options, "-use_editlist", "0"]
        subprocess.run(
            [*command, "-t", str(SECONDS), str(made[name])],
            check=True,
            stderr=subprocess.DEVNULL,
        )
    return made

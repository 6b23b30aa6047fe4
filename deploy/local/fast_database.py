"""Builds `secantusd-rs`, the Rust server of the embedded database's project: the same data format family, much faster.

Needs cargo, CMake and a C compiler, and some five minutes. It asks for Rust 1.98; 1.95 builds it too, so an older
toolchain is tried and only its failure is a failure.
"""

import shutil
import subprocess

from deploy.local.terminal import CannotStart, say

CRATE, VERSION, WANTED_RUST = "secantus-mdb", "0.5.3-beta.196", "1.98"


def install_fast_database() -> None:
    if found := shutil.which("secantusd-rs"):
        say(f"It is there already: {found}")
        return
    missing = [tool for tool in ("cargo", "cmake", "cc") if shutil.which(tool) is None]
    if missing:
        raise CannotStart(f"Building {CRATE} needs {' and '.join(missing)}; Tocsin goes on with secantusd-py.")
    rust = subprocess.run(["cargo", "--version"], capture_output=True, text=True, check=False).stdout.split()[1:2]
    say(f"Building {CRATE} {VERSION} (it asks for Rust {WANTED_RUST}, here is {rust[0] if rust else 'none'}) …")
    install = ["cargo", "install", CRATE, "--version", VERSION, "--locked", "--ignore-rust-version"]
    if subprocess.run(install, check=False).returncode != 0:
        raise CannotStart(
            f"{CRATE} could not be built. It asks for Rust {WANTED_RUST}; if yours is older, that is the reason.\n"
            "Tocsin goes on with secantusd-py."
        )
    if shutil.which("secantusd-rs") is None:
        raise CannotStart("It was built, but cargo's bin folder is not on PATH; add it, then it is found.")
    say("Built. New run directories use it; one that has data stays with the server that made them.")

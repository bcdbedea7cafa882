"""Runs commands of taibao as several processes that know of each other, as torchrun would start them.

python -m tests.train.processes '[[NUMBER, [ARGUMENT, …]], …]': the packages are loaded once, the processes forked.
"""

from __future__ import annotations

import json
import os
import socket
import sys

import accelerate  # noqa: F401  loaded before the fork
import peft  # noqa: F401
import torch
import transformers  # noqa: F401

from taibao_cli.__main__ import run


def run_processes(number: int, arguments: list[str]) -> list[int]:
    """Exit codes by rank; `number` 1 is an ordinary run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    children = []
    for rank in range(number):
        child = os.fork()
        if child == 0:
            if number > 1:
                os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(number)}
                os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            torch.set_num_threads(1)
            os._exit(run(arguments))
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


if __name__ == "__main__":
    sys.exit(max(code for number, arguments in json.loads(sys.argv[1]) for code in run_processes(number, arguments)))

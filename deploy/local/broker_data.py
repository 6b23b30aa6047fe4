"""Which RabbitMQ is here, and whether it reads what the one before it wrote: 4 reads nothing of before 3.13."""

from pathlib import Path

from deploy.local.terminal import CannotStart

_FIRST_TO_REFUSE = (4, 0)
_SINCE_3_13 = "message_containers"
"""A feature that every node has on since 3.13; its name stands in the list that a node keeps of what it has on."""
_FOLDER = "rabbitmq_server-"


def broker_version(server: str) -> tuple[int, ...]:
    """Of this server's own script, which lies in a folder that is named for it; empty for one that does not."""
    for part in Path(server).resolve().parts:
        number = part.removeprefix(_FOLDER)
        if number != part and all(piece.isdecimal() for piece in number.split(".")):
            return tuple(int(piece) for piece in number.split("."))
    return ()


def check_data(data: Path, version: tuple[int, ...]) -> None:
    """Raises CannotStart for data of a node that this version does not read; `data` is the folder of its nodes."""
    if version < _FIRST_TO_REFUSE:
        return
    for features in data.glob("*-feature_flags"):
        if _SINCE_3_13 not in features.read_text(errors="replace"):
            raise CannotStart(
                f"RabbitMQ {version[0]} does not read what a RabbitMQ before 3.13 wrote in {data}.\n"
                "When nothing that counts waits in there, remove that folder and start again; what to do before is in\n"
                'docs/operations.md under "From Debian 12 to 13".'
            )

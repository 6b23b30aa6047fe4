from __future__ import annotations

import pytest

from services.automation.sandbox.control_groups import GroupPlace, find_group_places

pytestmark = pytest.mark.unit

TWO = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
MEMORY = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
PIDS = "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids"
CONTAINERS = "40 31 0:37 /docker/c1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"
BOTH = "41 31 0:38 / /cg\\040x rw - cgroup cgroup rw,memory,pids"


@pytest.mark.parametrize(
    "mounts, own, places",
    [
        pytest.param([], "0::/", [], id="nothing is mounted"),
        pytest.param(["20 1 8:1 / / rw - ext4 /dev/vda rw", "broken"], "0::/a", [], id="no tree of groups"),
        pytest.param([TWO], "0::/", [GroupPlace(2, ("/sys/fs/cgroup",))], id="version 2, a container's own root"),
        pytest.param(
            [TWO],
            "0::/user.slice/app.slice/a.scope",
            [
                GroupPlace(2, ("/sys/fs/cgroup/user.slice/app.slice/a.scope",)),
                GroupPlace(2, ("/sys/fs/cgroup/user.slice/app.slice",)),
            ],
            id="version 2, a person's session: beside our own, too",
        ),
        pytest.param([TWO], "0::/../outside", [], id="a group that is not shown"),
        pytest.param(
            [MEMORY, PIDS],
            "4:memory:/a/b\n8:pids:/\n0::/",
            [GroupPlace(1, ("/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/pids"))],
            id="version 1, two trees",
        ),
        pytest.param([MEMORY], "4:memory:/a\n8:pids:/", [], id="version 1, one of two"),
        pytest.param([BOTH], "4:memory,pids:/a", [GroupPlace(1, ("/cg x/a", "/cg x/a"))], id="version 1, one tree"),
        pytest.param(
            [CONTAINERS, PIDS],
            "4:memory:/docker/c1/x\n8:pids:/y",
            [GroupPlace(1, ("/sys/fs/cgroup/memory/x", "/sys/fs/cgroup/pids/y"))],
            id="version 1, below what a container is shown",
        ),
        pytest.param([CONTAINERS, PIDS], "4:memory:/other\n8:pids:/y", [], id="version 1, beside what it is shown"),
        pytest.param(
            [TWO, MEMORY, PIDS],
            "4:memory:/\n8:pids:/\n0::/",
            [
                GroupPlace(2, ("/sys/fs/cgroup",)),
                GroupPlace(1, ("/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids")),
            ],
            id="both: version 2 is tried first",
        ),
    ],
)
def test_groups_are_made_where_the_kernel_shows_them(mounts: list[str], own: str, places: list[GroupPlace]) -> None:
    assert find_group_places("\n".join(mounts), own) == places

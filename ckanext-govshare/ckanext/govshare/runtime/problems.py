"""What goes wrong with the stack, said so that the reader knows what to do, in English and Chinese."""

from __future__ import annotations

import errno


class Problem(Exception):  # noqa: N818  it is what people read, not a class of faults
    """A failure with a stable slug and a message in both languages.

    :param slug: stable name, used by tests and by `govshare status --json`
    :param english: what happened and what to do
    :param chinese: the same in Chinese
    :param code: exit code of the console command
    """

    def __init__(self, slug: str, english: str, chinese: str, code: int = 1):
        super().__init__(f"{english}\n{chinese}")
        self.slug = slug
        self.english = english
        self.chinese = chinese
        self.code = code


def from_os_error(error: OSError) -> Problem:
    """Turn an error of the operating system into a problem with advice.

    :param error: what was raised by a file or process operation
    """
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(where)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Problem(
            "not-writable",
            f"no permission to write{where}. Start as its owner, or choose another folder with --home.",
            f"没有写入权限{where}。请以该目录的所有者身份运行，或用 --home 指定其他目录。",
        )
    return Problem("system", f"the system says: {error}", f"系统返回错误：{error}")


def disk_full(where: str) -> Problem:
    """The disk has no room left; what was done so far is kept.

    :param where: text that names the place, may be empty
    """
    return Problem(
        "disk-full",
        f"no space left on the disk{where}. Free some space and start again; it goes on where it stopped.",
        f"磁盘空间已满{where}。请清理空间后重新启动，安装会从中断处继续。",
    )


def service_failed(name: str, log_path: object, tail: str) -> Problem:
    """A service did not start; a full disk is recognised in its log.

    :param name: name of the service
    :param log_path: its log file
    :param tail: the last lines of the log
    """
    if "No space left on device" in tail:
        return disk_full(f" ({log_path})")
    return Problem(
        "service-failed",
        f"{name} did not start. The end of {log_path}:\n{tail}\nThen: `govshare doctor`, and start again.",
        f"{name} 未能启动，日志见 {log_path}（末尾如上）。请运行 `govshare doctor` 检查后重新启动。",
    )


def step_failed(title: str, log_path: object, tail: str) -> Problem:
    """A step of the set-up failed; it is tried again at the next start.

    :param title: what the step does
    :param log_path: its log file
    :param tail: the last lines of the log
    """
    if "No space left on device" in tail:
        return disk_full(f" ({log_path})")
    return Problem(
        "step-failed",
        f"this step failed: {title}. The end of {log_path}:\n{tail}\nThe next start tries it again.",
        f"步骤失败：{title}，日志见 {log_path}（末尾如上）。重新启动将从此步继续。",
    )

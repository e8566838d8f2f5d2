"""Whether a file could be written, found out without making or changing anything."""

from __future__ import annotations

import errno
import os
from pathlib import Path

OWNER_ALONE = 0o600  # the access with which a file of ours is made


def check_writable(path: Path, *, make_folders: bool = False) -> None:
    """Raises ``OSError`` if ``path`` could not be opened for writing, or be made where there is none.

    With ``make_folders`` the folders above it may be missing as well.
    """
    if path.is_file() or path.is_dir():
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        return
    if path.exists():  # a pipe, say, whose reader would see this come and go
        if not os.access(path, os.W_OK):
            _refuse(errno.EACCES, path)
        return
    folder = path.parent
    while make_folders and not folder.exists() and folder != folder.parent:
        folder = folder.parent
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Raises ``OSError`` if no file could be made in ``folder``."""
    if not folder.exists():
        _refuse(errno.ENOENT, folder)
    if not folder.is_dir():
        _refuse(errno.ENOTDIR, folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        is_fixed = os.statvfs(folder).f_flag & os.ST_RDONLY
        _refuse(errno.EROFS if is_fixed else errno.EACCES, folder)


def _refuse(why: int, path: Path) -> None:
    raise OSError(why, os.strerror(why), str(path))

"""Opens one file in a process of its own: a file made to hurt ends this process, not the server.

Imports neither Django nor this project. Called by the room's storage as
    python -I worker.py count CONTENT_TYPE FILE
    python -I worker.py draw CONTENT_TYPE FILE PAGE WIDTH TARGET
and answers with one JSON line {"pages": n} or {"refused": code}.
"""

import contextlib
import json
import resource
import sys
from pathlib import Path

MEMORY = 1536 * 1024 * 1024
SECONDS = 20
MOST_PIXELS = 80_000_000
MOST_PAGES = 2000
TALLEST = 4  # a page is at most this many times as high as it is wide
PDF = "application/pdf"


class Refused(Exception):
    """The file cannot be shown; the message is a refusal code."""


def count(kind: str, path: str) -> int:
    """Return the number of pages after opening the file for real; a picture has one."""
    if kind == PDF:
        with _pdf(path) as document:
            pages = len(document)
            if not pages:
                raise Refused("file-broken")
            if pages > MOST_PAGES:
                raise Refused("too-many-pages")
            return pages
    with _picture(path) as picture:
        picture.load()
    return 1


def draw(kind: str, path: str, page: int, width: int, target: str) -> int:
    """Write one page as PNG, or a picture as JPEG, upright and without what the camera noted; returns 1."""
    from PIL import Image

    if kind == PDF:
        with _pdf(path) as document:
            if not 1 <= page <= len(document):
                raise Refused("no-such-page")
            sheet = document[page - 1]
            wide, high = sheet.get_size()
            if wide <= 0 or high <= 0:
                raise Refused("file-broken")
            scale = min(width / wide, width * TALLEST / high)
            image = sheet.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
            image.save(target, "PNG", optimize=False, compress_level=6)
        return 1
    from PIL import ImageOps

    with _picture(path) as picture:
        picture.draft("RGB", (width, width * TALLEST))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((width, width * TALLEST), Image.Resampling.LANCZOS)
        bare = Image.new("RGB", upright.size, "white")
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            bare.paste(upright, mask=upright.getchannel("A"))
        else:
            bare.paste(upright.convert("RGB"))
        bare.save(target, "JPEG", quality=82, optimize=True, progressive=True)
    return 1


def _pdf(path: str):
    import pypdfium2
    import pypdfium2.raw as raw

    try:
        document = pypdfium2.PdfDocument(path)
        with contextlib.suppress(pypdfium2.PdfiumError):
            document.init_forms()
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        locked = code == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower()
        raise Refused("file-encrypted" if locked else "file-broken") from error
    return contextlib.closing(document)


def _picture(path: str):
    import warnings

    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        return Image.open(path, formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("picture-too-large") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused("file-broken") from error


def main(words: list[str]) -> int:
    """Do what the words ask and print the answer; whatever the file did wrong is a refusal."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    task, kind, path, *rest = words
    try:
        if task == "count":
            answer: dict[str, object] = {"pages": count(kind, path)}
        else:
            page, width, target = rest
            answer = {"pages": draw(kind, path, int(page), int(width), target)}
            Path(target).chmod(0o600)
    except Refused as refused:
        answer = {"refused": str(refused)}
    except MemoryError:
        answer = {"refused": "picture-too-large" if kind != PDF else "file-broken"}
    except Exception as error:
        answer = {"refused": "file-broken", "because": type(error).__name__}
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

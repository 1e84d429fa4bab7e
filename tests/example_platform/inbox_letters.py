"""An example platform: a folder of text files. `anna.in.1.txt` is a letter by Anna, `anna.out.2.txt` our answer.

[[accounts]]
name = "desk"
platform = "letters"
folder = "/srv/letters"
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from inbox.platform_kit import (
    INTERFACE,
    Declaration,
    FileRule,
    Identity,
    Incoming,
    Length,
    Pace,
    Page,
    Person,
    Question,
    Receipt,
    Record,
    Refused,
    Secret,
    Sightings,
    SignIn,
    Surface,
    SurfaceKind,
    SurfaceRule,
    TokenCheck,
    Unavailable,
    Uncertain,
)

LETTERS = Surface("letters")


class Settings(Record, kw_only=True, forbid_unknown_fields=True):
    """`folder`: where the letters lie."""

    folder: str = "letters"


class Box:
    """Implements `Adapter`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def identify(self):
        return Identity(remote_id="desk", name="The desk")

    async def read(self, surface, cursor, since):
        if not self.folder.is_dir():
            raise Unavailable(f"there is no folder {self.folder}")
        files = sorted(self.folder.glob("*.*.*.txt"))
        yield Page(
            messages=[self._letter(file) for file in files], cursor={"read": len(files)}, complete=True
        )

    def _letter(self, file: Path) -> Incoming:
        who, way, *_ = file.name.split(".")
        customer = Person(remote_id=who, name=who.title())
        ours = way == "out"
        return Incoming(
            key=file.stem,
            remote_id=file.stem,
            surface=LETTERS,
            thread=who,
            author=Person(remote_id="desk", name="The desk") if ours else customer,
            contact=customer,
            ours=ours,
            text=file.read_text("utf-8"),
            sent_at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        )

    async def refresh(self, surface, thread):
        return
        yield

    async def whole(self, surface, thread):
        return
        yield

    async def send(self, outgoing, on_wire):
        number = len(list(self.folder.glob("*.txt"))) + 1
        file = self.folder / f"{outgoing.thread}.out.{number}.txt"
        if not self.folder.is_dir():
            raise Unavailable(f"there is no folder {self.folder}")
        on_wire()
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.write(outgoing.item.text)
        except OSError as error:
            raise Uncertain(f"the letter may be cut off: {error.strerror}") from None
        return Receipt(
            remote_id=file.stem, key=file.stem, sent_at=datetime.fromtimestamp(file.stat().st_mtime, UTC)
        )

    async def find(self, outgoing, since):
        letters = [self._letter(file) for file in self.folder.glob(f"{outgoing.thread}.out.*.txt")]
        same = [one for one in letters if one.text == outgoing.item.text and one.sent_at >= since]
        return Sightings(
            found=[Receipt(remote_id=one.remote_id, key=one.key) for one in same],
            complete=self.folder.is_dir(),
        )

    async def do(self, deed, outgoing, on_wire):
        raise Refused("a letter can only be answered")

    def spent(self):
        return {}

    def pace(self):
        return Pace()

    def interval(self, surface):
        return 60.0

    async def aclose(self):
        return None


class Door:
    """Implements `Authority`: a password that whoever keeps the folder has given out."""

    permissions, ways, redirects, renewable = (), ("paste",), (), False

    async def sign_in(self, way, dialogue, app_secret):
        return SignIn(access=Secret(await dialogue.ask("Password of the folder", secret=True)))

    async def refresh(self, kept):
        return kept

    async def revoke(self, kept):
        return "There is nothing to withdraw."

    async def check(self, kept):
        return TokenCheck(valid=True, kind="token", owner="The desk")


class Letters:
    """Implements `Platform`."""

    interface = INTERFACE
    api_url = "https://letters.invalid"
    deeds = {}
    declaration = Declaration(
        name="letters",
        title="Letters",
        letter="L",
        settings=Settings,
        surfaces=(SurfaceRule(id=LETTERS, kind=SurfaceKind.DIRECT, title="letter", sign="let"),),
        questions=(Question(setting="folder", text="Folder of the letters"),),
    )

    def files(self, surface, *, private) -> FileRule | None:
        return None

    def profile(self, surface, person):
        return None

    def connect(self, account, client, token, clock):
        return Box(Path(account.settings.folder))

    def authority(self, account, clock):
        return Door()

    def length(self, text, surface, *, private, account):
        return Length(used=len(text), limit=500, valid_to=min(len(text), 500))


PLATFORM = Letters()

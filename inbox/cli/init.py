"""`inbox init`: the example, with a person's answers in the places where they belong. Every comment stays."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable

from inbox import config_file, config_hours, config_meaning, places
from inbox.cli import UsageError
from inbox.config import ConfigError
from inbox.domain.records import Record
from inbox.domain.text import clean
from inbox.language import said, tr


class Answers(Record, kw_only=True):
    """None: the setting stays commented out, and the default holds."""

    agent: str | None = None
    timezone: str | None = None
    hours: str | None = None
    x: str | None = None
    x_client_id: str | None = None
    facebook: str | None = None
    facebook_app_id: str | None = None
    page_id: str | None = None


def init(arguments: Namespace) -> int:
    path = places.config_path(arguments.config, os.environ)
    if path.exists():
        raise FileExistsError(f"{path} exists already and stays as it is")
    given = Answers(**{name: getattr(arguments, name) for name in Answers.__struct_fields__})
    answers = ask() if given == Answers() and _somebody() else given
    text = fill(places.example(), answers)
    try:
        config_file.parse(text, "")
    except ConfigError as error:  # there is no file yet whose lines could be named
        wrong = [problem.partition(": ")[2] for problem in error.problems]
        raise UsageError(f"nothing was written: {'; '.join(wrong)}") from None
    written = places.write_config(path, text, [name for name in (answers.x, answers.facebook) if name])
    print("\n".join(map(said, written.splitlines())))
    return 0


def wanted(arguments: Namespace) -> bool:
    """On the first start: offer to write a config. False where nobody is there, or nobody wants it."""
    if not _somebody():
        return False
    path = places.config_path(arguments.config, os.environ)
    wants = tr("There is no config yet. Write {path} now? (`inbox demo` needs none)", path=path)
    if _asked(wants, tr("yes"))[:1].lower() not in ("y", tr("yes")[:1]):
        return False
    blank = Answers()
    for name in Answers.__struct_fields__:
        setattr(arguments, name, getattr(blank, name))
    return init(arguments) == 0


def _somebody() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


# -- asking ------------------------------------------------------------------------------------------------


def ask() -> Answers:
    """Questions on the terminal. Enter takes what stands in brackets; nothing is final, it is a text file."""
    zone, _ = places.system_zone(os.environ)
    name = _asked("Your name, as colleagues see it", _user())
    timezone = _checked("Time zone of your service hours", str(zone), config_hours.not_a_timezone)
    hours = _checked("When somebody is there, every day", "07:00-23:00", _not_an_interval)
    x = _checked("A name for your X account (- for none)", "acme-x", _not_a_name)
    client_id = _asked_or_nothing("OAuth 2.0 client id of its app (may come later)", "") if x != "-" else ""
    facebook = _checked("A name for your Facebook Page (- for none)", "acme-page", _not_a_name)
    app_id = _asked_or_nothing("Id of its Meta app (may come later)", "") if facebook != "-" else ""
    return Answers(
        agent=name,
        timezone=timezone,
        hours=hours,
        x=None if x == "-" else x,
        x_client_id=client_id or None,
        facebook=None if facebook == "-" else facebook,
        facebook_app_id=app_id or None,
    )


def _asked(question: str, default: str) -> str:
    print(
        clean(f"{tr(question)} [{default}]: " if default else f"{tr(question)}: "),
        end="",
        file=sys.stderr,
        flush=True,
    )
    line = sys.stdin.readline()
    if not line:
        raise UsageError(
            "standard input has ended; answer, or give the settings as options (inbox init --help)"
        )
    return line.strip() or default


def _checked(question: str, default: str, wrong: Callable[[str], str | None]) -> str:
    while True:
        answer = _asked(question, default)
        problem = wrong(answer)
        if not problem:
            return answer
        print(clean(f"  {said(problem)}", one_line=True), file=sys.stderr)


def _not_a_name(text: str) -> str | None:
    """What is wrong with the name of an account; `-` is none."""
    return None if text == "-" else config_meaning.not_a_name(text)


def _asked_or_nothing(question: str, default: str) -> str:
    return _checked(question, default, lambda text: config_meaning.not_an_app(text) if text else None)


def _not_an_interval(text: str) -> str | None:
    try:
        config_hours.interval(text)
    except ValueError as error:
        return str(error)
    return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "me"


# -- filling in --------------------------------------------------------------------------------------------


def fill(example: str, answers: Answers) -> str:
    """The example with the answers in it."""
    text = example
    if answers.agent is not None:
        text = _set(text, "agent", answers.agent)
    if answers.timezone is not None:
        text = _set(text, "timezone", answers.timezone)
    if answers.hours is not None:
        text = _set(text, "hours", None, f"{{ daily = [{_quoted(answers.hours)}] }}")
    text = _account(text, "twitter", {"name": answers.x, "client_id": answers.x_client_id})
    return _account(
        text,
        "facebook",
        {"name": answers.facebook, "client_id": answers.facebook_app_id, "page_id": answers.page_id},
    )


def _account(text: str, platform: str, settings: dict[str, str | None]) -> str:
    """Take the block of a platform into use: its header, its platform and what was answered."""
    if settings["name"] is None:
        return text
    blocks = re.split(r"^(?=#\[\[accounts\]\]$)", text, flags=re.MULTILINE)
    for at, block in enumerate(blocks):
        if re.search(rf'^#platform = "{platform}"$', block, re.MULTILINE):
            used = block.replace("#[[accounts]]", "[[accounts]]", 1)
            used = _set(used, "platform", platform)
            for name, value in settings.items():
                used = used if value is None else _set(used, name, value)
            blocks[at] = used
    return "".join(blocks)


def _set(text: str, name: str, value: str | None, toml: str = "") -> str:
    """Uncomment the first `#name = ...`, with another value."""
    written = f"{name} = {toml or _quoted(value or '')}"
    return re.sub(rf"^#{name} = .*$", lambda _: written, text, count=1, flags=re.MULTILINE)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""`inbox init`: the example, with a person's answers in the places where they belong. Every comment stays."""

from __future__ import annotations

import getpass
import json
import os
import re
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from inbox.accounts.vault import SystemVault
from inbox.cli import encrypted_file_offer
from inbox.cli.questions import agreed, asked, say, somebody_answers
from inbox.config import calendar, file
from inbox.config import checks as config_meaning
from inbox.config.model import ConfigError
from inbox.domain.records import Record, replace
from inbox.domain.text import clean
from inbox.errors import UsageError
from inbox.system import places
from inbox.wording.language import said, tr


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
    vault: str | None = None
    """`keyring` or `file`; None: what this machine has."""


def init(arguments: Namespace) -> int:
    """Write the config, from options or from answers on the terminal. Raises FileExistsError where there is one."""
    path = places.config_path(arguments.config, os.environ)
    if os.path.lexists(path):
        raise FileExistsError(f"{path} exists already and stays as it is")
    given = Answers(**{name: getattr(arguments, name) for name in Answers.__struct_fields__})
    somebody = somebody_answers()
    answers = _corrected(given) if given != Answers() or not somebody else ask(given)
    answers = replace(answers, **{name: None for name in ("x", "facebook") if getattr(answers, name) == "-"})
    trouble = encrypted_file_offer.no_keyring(SystemVault(os.environ)) if answers.vault is None else None
    if trouble is not None and somebody and encrypted_file_offer.wanted_instead(trouble):
        answers = replace(answers, vault="file")
    text = fill(places.example(), answers)
    while problems := _problems(text):
        if not somebody:
            raise UsageError(f"nothing was written: {'; '.join(map(_by_option, problems))}")
        for problem in problems:
            say(f"  {said(problem)}")
        answers = ask(answers)
        text = fill(places.example(), answers)
    names = [name for name in (answers.x, answers.facebook) if name]
    tokens = "nowhere" if trouble is not None and answers.vault is None else answers.vault or "keyring"
    places.write_config(path, text)
    apps = ((answers.x, answers.x_client_id), (answers.facebook, answers.facebook_app_id))
    print("\n".join(_next(path, names, [name for name, app in apps if name and not app], tokens)))
    return 0


def _next(path: Path, accounts: Sequence[str], without_app: Sequence[str], tokens: str) -> Iterator[str]:
    """Say what was written and what comes next. `accounts` are those the config names already, `without_app` those of them
    whose app is not named yet; `tokens`: where they will be
    kept, `keyring`, `file`, or `nowhere` on a machine without a keyring."""
    yield tr("Wrote {path}.", path=path)
    yield tr("Next:") if accounts else tr("Next: fill in your accounts there, then")
    steps = []
    if tokens == "nowhere":
        steps.append(
            (
                "inbox config set vault.kind file",
                tr("keeps tokens in an encrypted file: there is no keyring here"),
            )
        )
    steps += [
        (f"inbox config set accounts.{name}.client_id ID", tr("the id of your app: inbox help administrator"))
        for name in without_app
    ]
    signs = tr("signs it in; the token goes into the encrypted file" if tokens == "file" else "signs it in")
    steps += [(f"inbox login {name}", signs) for name in accounts]
    if not accounts:
        steps.append(
            (
                "inbox login ACCOUNT",
                tr(
                    "signs an account in; the token goes into the encrypted file"
                    if tokens == "file"
                    else "signs an account in"
                ),
            )
        )
    steps += [
        ("inbox check", tr("looks at everything and says what is still missing")),
        ("inbox", tr("opens the inbox")),
    ]
    width = max(len(command) for command, _ in steps)
    yield from (f"  {command:<{width}}  {what}" for command, what in steps)


def _problems(text: str) -> list[str]:
    """What the config would be refused for; there is no file yet whose lines could be named."""
    try:
        file.parse(text, "")
    except ConfigError as error:
        return [problem.partition(": ")[2] for problem in error.problems]
    return []


def _by_option(problem: str) -> str:
    """A problem with the option that was typed in place of the setting it became: there is no file to look into."""
    setting, _, wrong = problem.partition(": ")
    option = {"page_id": "--page-id", "agent": "--agent"}.get(setting.rpartition(".")[2])
    return f"{option}: {wrong}" if option else problem


def wanted(arguments: Namespace) -> bool:
    """On the first start: offer to write a config. False where nobody is there, or nobody wants it."""
    if not somebody_answers():
        return False
    path = places.config_path(arguments.config, os.environ)
    if not agreed(tr("There is no config yet. Write {path} now? (`inbox demo` needs none)", path=path)):
        return False
    blank = Answers()
    for name in Answers.__struct_fields__:
        setattr(arguments, name, getattr(blank, name))
    return init(arguments) == 0


# -- asking ------------------------------------------------------------------------------------------------


def ask(before: Answers) -> Answers:
    """Questions on the terminal. Enter takes what is in brackets: an earlier answer, else what most people want. Nothing is
    final, it is a text file."""
    zone, _ = places.system_zone(os.environ)
    again = before != Answers()
    name = asked(tr("Your name, as colleagues see it"), before.agent or _user())
    timezone = _checked(
        "Time zone of your service hours", before.timezone or str(zone), calendar.not_a_timezone
    )
    hours = _checked("When somebody is there, every day", before.hours or "07:00-23:00", _not_an_interval)
    x = _checked(
        "A name for your X account (- for none)",
        before.x or ("-" if again else "acme-x"),
        _not_a_name,
    )
    client_id = ""
    if x != "-":
        client_id = _checked(
            "OAuth 2.0 client id of its app (may come later)", before.x_client_id or "", _not_an_app
        )
    facebook = _checked(
        "A name for your Facebook Page (- for none)",
        before.facebook or ("-" if again else "acme-page"),
        lambda text: _not_a_name(text) or _taken(text, x),
    )
    app_id = ""
    if facebook != "-":
        app_id = _checked("Id of its Meta app (may come later)", before.facebook_app_id or "", _not_an_app)
    return replace(
        before,
        agent=name,
        timezone=timezone,
        hours=hours,
        x=None if x == "-" else x,
        x_client_id=client_id or None,
        facebook=None if facebook == "-" else facebook,
        facebook_app_id=app_id or None,
    )


def _corrected(given: Answers) -> Answers:
    """Settings that were given as options. On a terminal each one that cannot be is asked again; elsewhere it is named by
    its option. Raises UsageError."""
    checks: dict[str, tuple[str, Callable[[str], str | None]]] = {
        "timezone": ("Time zone of your service hours", calendar.not_a_timezone),
        "hours": ("When somebody is there, every day", _not_an_interval),
        "x": ("A name for your X account (- for none)", _not_a_name),
        "x_client_id": ("OAuth 2.0 client id of its app (may come later)", _not_an_app),
        "facebook": (
            "A name for your Facebook Page (- for none)",
            lambda text: _not_a_name(text) or _taken(text, given.x),
        ),
        "facebook_app_id": ("Id of its Meta app (may come later)", _not_an_app),
    }
    for name, (question, wrong) in checks.items():
        value = getattr(given, name)
        problem = None if value is None else wrong(value)
        if problem is None:
            continue
        if not somebody_answers():
            option = f"--{name.replace('_', '-')}"
            if repr(value) not in problem:
                problem = f"{value!r} {problem}" if problem.startswith("is ") else f"{value!r}: {problem}"
            problems = f"{option}: {problem}"
            raise UsageError(f"nothing was written: {problems}")
        say(f"  {value}: {said(problem)}")
        given = replace(given, **{name: _checked(question, "", wrong)})
    return given


def _checked(question: str, default: str, wrong: Callable[[str], str | None]) -> str:
    """The first answer that is not wrong; each wrong one is told why, and asked again."""
    while True:
        answer = asked(tr(question), default)
        problem = wrong(answer)
        if not problem:
            return answer
        say(clean(f"  {said(problem)}", one_line=True))


def _not_a_name(text: str) -> str | None:
    """What is wrong with the name of an account; `-` is none."""
    return None if text == "-" else config_meaning.not_a_name(text)


def _taken(text: str, other: str | None) -> str | None:
    return "the X account has this name already" if text == other and text != "-" else None


def _not_an_app(text: str) -> str | None:
    return config_meaning.not_an_app(text) if text else None


def _not_an_interval(text: str) -> str | None:
    try:
        calendar.interval(text)
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
    if answers.vault is not None:
        text = _set(text, "kind", answers.vault)
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

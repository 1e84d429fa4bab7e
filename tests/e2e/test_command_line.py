"""The whole program from the command line, against a loopback server that answers with recorded bodies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.conftest import Run
from e2e.recorded import FACEBOOK_TOKEN, X_TOKEN, Recorded, recorded

CONFIG = """
agent = "tanja"
backfill = "3000d"
history = "3000d"   # the recordings are old; here they are to open

[service]
timezone = "Europe/Berlin"

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions", "direct", "search"]
api_url = "{url}"

[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "{page}"
surfaces = ["messenger", "comments"]
api_url = "{url}"
"""

CONVERSATION_KEYS = {
    "id", "account", "platform", "surface", "contact", "status", "assignee", "tags", "priority", "preview",
    "message_count", "last_message_at", "waiting_since", "timer", "reply", "has_draft", "outbox", "url",
}  # fmt: skip
MESSAGE_KEYS = {
    "id", "remote_id", "direction", "author", "text", "sent_at", "edited_at", "deleted_at", "reply_to",
    "attachments", "state",
}  # fmt: skip


def test_every_recorded_post_is_in_the_inbox_once(synced: Run) -> None:
    """Promise 1, on 84 posts that customers really sent to a brand."""
    _, queue, _ = synced("queue", "--view", "all", "--json")
    posts = {p["id"] for p in recorded("brand_inbox_to_kfc")["data"]}
    seen = []
    for conversation in queue:
        _, shown, _ = synced("show", conversation["id"], "--json")
        seen += [m["remote_id"] for m in shown["messages"] if shown["surface"] == "mentions"]
        assert shown.keys() >= CONVERSATION_KEYS | {"messages", "draft", "events"}
        assert all(m.keys() >= MESSAGE_KEYS for m in shown["messages"])
        assert shown["message_count"] == len(shown["messages"])
    assert sorted(seen) == sorted(posts)


def test_an_empty_queue_before_the_first_reading_is_called_unread(run: Run) -> None:
    """ "Empty" would say that nobody waits, which nobody knows yet."""
    status, out, err = run("queue")
    assert (status, out) == (0, "")
    assert "no account has been read yet" in err
    assert "inbox sync --once" in err


def test_a_search_by_filter_alone_finds_messages(synced: Run) -> None:
    """The error for an empty query names `from:anna` as something to look for; it must find what Anna's threads hold."""
    _, queue, _ = synced("queue", "--view", "all", "--filter", "on:mentions", "--json")
    threads = [synced("show", conversation["id"], "--json")[1]["messages"] for conversation in queue]
    held = {m["id"]: m["sent_at"] for thread in threads for m in thread if not m["deleted_at"]}
    _, found, _ = synced("search", "on:mentions", "--limit", "1000", "--json")
    assert {m["id"]: m["sent_at"] for m in found} == held
    assert [m["sent_at"] for m in found] == sorted(held.values(), reverse=True)
    _, newest, _ = synced("search", "on:mentions", "--limit", "3", "--json")
    assert [m["id"] for m in newest] == [m["id"] for m in found[:3]]
    _, rest, _ = synced("search", "on:mentions -chicken", "--limit", "1000", "--json")
    assert 0 < len(rest) < len(found)
    assert not [m for m in rest if "chicken" in m["text"].lower()]


def test_a_second_sync_changes_nothing(synced: Run) -> None:
    """Overlapping pages are the rule, not the exception."""
    _, before, _ = synced("queue", "--view", "all", "--json")
    status, report, _ = synced("sync", "--once", "--json")
    _, after, _ = synced("queue", "--view", "all", "--json")
    assert status == 0
    assert [a["new"] for a in report["accounts"]] == [0, 0]
    without = [[{k: v for k, v in c.items() if k != "timer"} for c in queue] for queue in (before, after)]
    assert without[0] == without[1]


def test_conversations_are_one_per_root_post_and_customer(synced: Run) -> None:
    """BEHAVIOUR.md#surfaces, on the recording."""
    _, queue, _ = synced("queue", "--view", "mentions", "--json")
    expected = {
        f"acme-x:mentions:{p['conversation_id']}:{p['author_id']}"
        for p in recorded("brand_inbox_to_kfc")["data"]
    }
    assert {c["id"] for c in queue} == expected
    assert [c["timer"]["due_at"] for c in queue] == sorted(c["timer"]["due_at"] for c in queue)


def test_a_public_reply_arrives_once_where_it_belongs(world: tuple[Recorded, str], synced: Run) -> None:
    """The main job over the wire: one POST, the right body, the timer stopped."""
    _, queue, _ = synced("queue", "--view", "mentions", "--json", "--filter", "chicken")
    chosen = next(c for c in queue if c["reply"]["allowed"])
    status, item, err = synced(
        "reply", chosen["id"], "--text", "So sorry about the cookie!", "--wait", "--json"
    )
    assert (status, item["state"], err) == (0, "sent", "")
    (sent,) = world[0].sent
    _, shown, _ = synced("show", chosen["id"], "--json")
    asked = [m for m in shown["messages"] if m["direction"] == "in"][-1]
    assert (sent.path, sent.body) == (
        "/2/tweets",
        {"text": "So sorry about the cookie!", "reply": {"in_reply_to_tweet_id": asked["remote_id"]}},
    )
    assert (shown["messages"][-1]["direction"], shown["messages"][-1]["state"]) == ("out", "sent")
    assert shown["waiting_since"] is None


def test_a_comment_is_answered_under_itself_and_never_edited(
    world: tuple[Recorded, str], synced: Run
) -> None:
    """POST /{comment} would overwrite what the customer wrote (trap 1)."""
    _, (comment,), _ = synced("queue", "--view", "comments", "--json")
    status, _, _ = synced("reply", comment["id"], "--text", "What a colour!", "--wait")
    assert status == 0
    (sent,) = world[0].sent
    assert sent.path.endswith("_2966313500250461/comments")
    assert sent.body == {"message": "What a colour!"}


def test_a_private_reply_to_a_comment_goes_out_as_a_message(world: tuple[Recorded, str], synced: Run) -> None:
    """Once, within seven days; the recorded comment is older, so the rule refuses before anything is sent."""
    _, (comment,), _ = synced("queue", "--view", "comments", "--json")
    status, _, err = synced("reply", comment["id"], "--text", "Hello", "--private", "--wait")
    assert status == 4
    assert "window" in err
    assert world[0].sent == []


def test_a_closed_messenger_window_is_refused_before_sending(
    world: tuple[Recorded, str], synced: Run
) -> None:
    """24 hours are over: exit status 4, the reason in words, nothing asked of the platform."""
    _, queue, _ = synced("queue", "--view", "all", "--filter", "on:messenger", "--json")
    assert queue[0]["reply"]["allowed"] is False
    status, _, err = synced("reply", queue[0]["id"], "--text", "Hello", "--wait")
    assert status == 4
    assert "window" in err
    assert world[0].sent == []


def test_a_reply_without_waiting_leaves_with_the_next_sync(
    world: tuple[Recorded, str], run: Run, synced: Run
) -> None:
    """`reply` queues; `sync --once` waits out the hold and delivers."""
    config = Path(__import__("os").environ["INBOX_CONFIG"])
    config.write_text(config.read_text("utf-8") + '\n[sending]\nhold_public = "0s"\n', "utf-8")
    _, queue, _ = run("queue", "--view", "mentions", "--json")
    chosen = next(c for c in queue if c["reply"]["allowed"])
    status, text, _ = run("reply", chosen["id"], "--text", "Hello!")
    assert (status, world[0].sent) == (0, [])
    assert text.startswith("queued")
    _, outbox, _ = run("outbox", "--json")
    assert [i["state"] for i in outbox] == ["held"]
    _, report, _ = run("sync", "--once", "--json")
    assert report["outbox"] == {"sent": 1, "failed": 0, "uncertain": 0, "waiting": 0}
    assert len(world[0].sent) == 1


def test_a_tag_that_is_not_there_is_not_said_to_be_removed(synced: Run) -> None:
    """`tagged -zz` reads as if there had been one; nothing was done, so there is nothing to undo either."""
    first = synced("queue", "--ids")[1].split()[0]
    status, out, err = synced("tag", first, "--remove", "zz")
    assert (status, out) == (0, "")
    assert "there is no tag 'zz' to remove" in err
    assert synced("undo")[0] == 1


def test_a_snooze_says_until_when(synced: Run) -> None:
    """`--until 3` is taken as three o'clock in the night: whoever meant three hours sees it."""
    first = synced("queue", "--ids")[1].split()[0]
    status, out, _ = synced("snooze", first, "--until", "+3h")
    assert status == 0
    assert out.startswith("snoozed until ")
    assert synced("snooze", first, "--until", "reply")[1] == f"snoozed until the customer writes: {first}\n"


def test_triage_from_a_script(synced: Run) -> None:
    """Every action has a command; the JSON shows its effect."""
    _, queue, _ = synced("queue", "--json", "--limit", "2")
    first, second = (c["id"] for c in queue)
    assert synced("assign", first, second, "--to", "jonas", "--new")[0] == 0
    assert synced("tag", first, "--add", "food", "--add", "x", "--remove", "x")[0] == 0
    assert synced("priority", first, "high")[0] == 0
    assert synced("note", first, "--text", "called the shop")[0] == 0
    assert synced("snooze", second, "--until", "+3h")[0] == 0
    _, shown, _ = synced("show", first, "--json")
    assert (shown["assignee"], shown["tags"], shown["priority"]) == ("jonas", ["food"], "high")
    assert shown["messages"][-1]["direction"] == "note"
    decided = [e["what"] for e in shown["events"] if e["what"] != "breached"]
    assert decided[:1] == ["assigned to jonas"]
    assert synced("show", second, "--json")[1]["status"] == "snoozed"
    assert synced("resolve", first)[0] == 0
    assert synced("show", first, "--json")[1]["status"] == "resolved"
    assert synced("reopen", first)[0] == 0
    assert synced("spam", first)[0] == 0
    assert synced("show", first, "--json")[1]["status"] == "spam"


def test_undo_takes_back_what_the_command_before_did(synced: Run) -> None:
    """Each command is a run of its own; without a step to take back the status says so."""
    _, queue, _ = synced("queue", "--json", "--limit", "1")
    first = queue[0]["id"]
    assert synced("undo")[0] == 1
    assert synced("resolve", first)[0] == 0
    assert [step["what"] for step in synced("undo", "--list", "--json")[1]] == ["resolved"]
    assert synced("undo", "--json")[1] == {"what": "resolved: taken back", "conversations": [first]}
    assert synced("show", first, "--json")[1]["status"] == "open"
    status, _, err = synced("undo")
    assert (status, "nothing to undo" in err) == (1, True)


def test_search_finds_messages_newest_first(synced: Run) -> None:
    """Over all history, by the folded text."""
    _, hits, _ = synced("search", "CHICKEN", "--json")
    assert hits
    assert all("chicken" in h["text"].lower() for h in hits)
    assert [h["sent_at"] for h in hits] == sorted((h["sent_at"] for h in hits), reverse=True)


def test_accounts_tell_how_they_do(synced: Run) -> None:
    """Signed in as whom, last good read, what is left."""
    status, accounts, _ = synced("accounts", "--json")
    assert status == 0
    assert [(a["account"], a["signed_in"], a["handle"] or a["name"]) for a in accounts] == [
        ("acme-x", True, "kfc"),
        ("acme-page", True, "MyLife"),
    ]


def test_a_wrong_token_stops_only_its_account(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit status 1, the other account is read, and the token is in no output (promises 6 and 7)."""
    monkeypatch.setenv("INBOX_TOKEN_ACME_X", "wrong-canary-1234")
    status, report, err = run("sync", "--once", "--json")
    accounts = {a["account"]: a for a in report["accounts"]}
    assert status == 1
    assert accounts["acme-x"]["error"]["kind"] == "auth"
    assert accounts["acme-x"]["error"]["next_step"]
    assert accounts["acme-page"]["ok"]
    assert "wrong-canary" not in json.dumps(report) + err
    assert run("accounts", "--json")[0] == 1


def test_a_missing_token_names_the_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step can be copied."""
    monkeypatch.delenv("INBOX_TOKEN_ACME_X")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    status, report, _ = run("sync", "--once", "--json")
    error = report["accounts"][0]["error"]
    assert status == 1
    assert "INBOX_TOKEN_ACME_X" in error["message"] + error["next_step"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["show", "nowhere"], 1, 'no conversation "nowhere"'),
        (["resolve", "nowhere"], 1, 'no conversation "nowhere"'),
        (["queue", "--view", "wating"], 2, "waiting"),
        (["queue", "--filter", "form:anna"], 2, 'did you mean "from:"'),
        (["snooze", "x", "--until", "someday"], 2, "is no time"),
        (["snooze", "x", "--until", "yesterday"], 2, "is already over"),
        (["tag", "x"], 2, "--add"),
        (["outbox", "retry", "nothing"], 1, "no outbox item"),
        (["outbox", "retry"], 2, "name the item"),
    ],
)
def test_wrong_input_gets_one_line_with_the_next_step(
    run: Run, words: list[str], status: int, said: str
) -> None:
    """No traceback, no guessing."""
    got, _, err = run(*words)
    assert got == status
    assert said in err
    assert err.count("\n") == 1


def test_a_wrong_config_lists_every_problem_and_exits_2(run: Run, tmp_path: Path) -> None:
    """All at once, each with file and line."""
    broken = tmp_path / "broken.toml"
    broken.write_text('agnet = "x"\n[service]\ntimezone = "Europe/Belrin"\n', "utf-8")
    status, _, err = run("queue", "--config", str(broken))
    assert status == 2
    assert f"{broken}:1: agnet: unknown key" in err
    assert f"{broken}:3: service.timezone: " in err


def test_without_a_config_the_program_says_how_to_start(run: Run, tmp_path: Path) -> None:
    """The first minute of a newcomer."""
    status, _, err = run("--config", str(tmp_path / "none.toml"))
    assert status == 2
    assert "inbox demo" in err
    assert "inbox init" in err


def test_init_writes_a_config_once(run: Run, tmp_path: Path) -> None:
    """Never over an existing one."""
    path = tmp_path / "new" / "config.toml"
    assert run("init", "--config", str(path))[0] == 0
    assert path.read_text("utf-8").startswith("#")
    assert run("init", "--config", str(path))[0] == 1


def test_no_token_is_in_any_file_of_the_data_folder(synced: Run, tmp_path: Path) -> None:
    """Promise 7."""
    synced("queue")
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert X_TOKEN.encode() not in content
            assert FACEBOOK_TOKEN.encode() not in content


def test_what_happened_and_what_to_do_are_sentences(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pieces of text, one from the platform and one from us, read as one message."""
    monkeypatch.setenv("INBOX_TOKEN_ACME_X", "wrong-canary-1234")
    status, _, err = run("sync", "--once")
    assert status == 1
    line = err.splitlines()[0]
    assert line.startswith("inbox: acme-x: ")
    said = line.removeprefix("inbox: acme-x: ")
    assert said[0].isupper()
    assert said.endswith((".", "`"))
    assert ". " in said


def test_contacts_of_two_platforms_are_joined_and_parted(synced: Run) -> None:
    """For scripts that know from elsewhere who is who; the JSON only gains keys."""
    _, queue, _ = synced("queue", "--view", "all", "--json")
    on_x, on_facebook = (
        next(c for c in queue if c["platform"] == name and c["contact"]["remote_id"])
        for name in ("twitter", "facebook")
    )
    assert (on_x["posing"], on_facebook["posing"]) == (False, False)
    key = f"facebook:{on_facebook['contact']['remote_id']}"
    assert synced("join", on_x["id"], on_facebook["id"]) == (0, f"joined: {on_x['id']}\n", "")
    _, shown, _ = synced("show", on_x["id"], "--json")
    assert shown["joined"] == [{"platform": "facebook", **on_facebook["contact"]}]
    _, lines, _ = synced("show", on_x["id"])
    assert f"the same person: {key}  {on_facebook['contact']['name']}" in lines
    assert synced("part", on_x["id"], key)[0] == 0
    status, _, err = synced("part", on_x["id"], key)
    assert (status, err) == (4, "inbox: They are not joined.\n")

"""Files, numbered parts, deeds and prices from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from e2e.conftest import Run
from e2e.recorded import Recorded

CONFIG = """
agent = "tanja"
backfill = "3000d"
history = "3000d"   # the recordings are old; here they are to open

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions", "direct"]
api_url = "{url}"
"""


def answerable(synced: Run) -> dict[str, Any]:
    _, queue, _ = synced("queue", "--view", "mentions", "--json")
    found: dict[str, Any] = next(c for c in queue if c["reply"]["allowed"])
    return found


def test_a_long_reply_goes_out_in_numbered_parts(world: tuple[Recorded, str], synced: Run) -> None:
    """Each one no longer than X takes, the next only after the one before."""
    cid = answerable(synced)["id"]
    text = "We looked into it and found your order. " * 15
    status, _, err = synced("reply", cid, "--text", text)
    assert (status != 0, "Too long" in err) == (True, True)
    status, items, _ = synced("reply", cid, "--text", text, "--split", "--json")
    assert status == 0
    assert [i["text"][-3:] for i in items] == [f"{n}/{len(items)}" for n in range(1, len(items) + 1)]
    assert [i["after"] for i in items] == [None, *(i["id"] for i in items[:-1])]
    assert world[0].sent == []


def test_a_file_is_checked_before_it_is_queued(synced: Run, tmp_path: Path) -> None:
    """And stands in the outbox with its name."""
    cid = answerable(synced)["id"]
    status, _, err = synced("reply", cid, "--text", "See", "--attach", str(tmp_path / "none.png"))
    assert (status != 0, "no such file" in err) == (True, True)
    picture = tmp_path / "label.png"
    picture.write_bytes(b"\x89PNG")
    status, item, _ = synced(
        "reply", cid, "--text", "See", "--attach", str(picture), "--describe", "a label", "--json"
    )
    assert (status, item["files"], item["state"]) == (0, [str(picture)], "held")
    status, _, err = synced("reply", cid, "--text", "See", "--describe", "a label")
    assert (status, "--attach" in err) == (2, True)


def test_what_x_does_not_let_us_do_is_refused_on_the_spot(synced: Run) -> None:
    """A post that began its own conversation cannot be hidden, and liking is in no self-serve plan."""
    _, queue, _ = synced("queue", "--view", "mentions", "--json")
    threads = [synced("show", c["id"], "--json")[1] for c in queue if c["message_count"] == 1]
    cid = next(c["id"] for c in threads if c["messages"][0]["reply_to"] is None)
    for deed in ("hide", "like", "delete"):
        status, _, err = synced("do", cid, deed)
        assert (status != 0, err.startswith("inbox: ")) == (True, True)


def test_accounts_say_what_the_day_has_cost(synced: Run) -> None:
    """84 posts and their people, at X's prices."""
    _, (x,), _ = synced("accounts", "--json")
    assert x["spent_today"]["post_read"] >= 84
    assert x["cost_today"] > 84 * 0.005
    assert x["gaps"] == []
    _, text, _ = synced("accounts")
    assert "USD today" in text


def test_one_message_is_erased_for_good(synced: Run) -> None:
    """On demand; the next reading does not bring it back."""
    cid = answerable(synced)["id"]
    _, shown, _ = synced("show", cid, "--json")
    message = shown["messages"][-1]
    status, text, _ = synced("erase", "--message", message["id"], "--yes")
    assert (status, "Removed" in text) == (0, True)
    assert synced("sync", "--once")[0] == 0
    _, after, _ = synced("show", cid, "--json")
    left = next(m for m in after["messages"] if m["id"] == message["id"])
    assert (left["text"], left["author"]["remote_id"], left["deleted_at"] is not None) == ("", None, True)
    status, _, err = synced("erase", "--message", "acme-x:nothing", "--yes")
    assert (status != 0, "no message" in err) == (True, True)

"""Each stored document, byte for byte: there are stores out there, whatever the records are made of."""

from __future__ import annotations

import msgspec
import pytest

from inbox.domain.model import Context, Conversation, Draft, Event, Message
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import Record

DOCUMENTS: dict[type[Record], str] = {
    Conversation: """
{"id":"acme:direct:1","account":"acme","platform":"twitter","surface":"direct","thread":"1",
"contact":{"name":"Ada","handle":"ada","remote_id":"7"},"url":"https://x.com/1","status":"snoozed",
"assignee":"ann","tags":["vip","refund"],"priority":"urgent","snoozed_at":"2026-01-02T03:04:05.012000Z",
"snoozed_until":"2026-01-03T03:04:05Z",
"resolves":[{"at":"2026-01-02T03:04:05Z","upto":4,"agent":"ann","reason":"history"}],
"preview":"Hello","preview_out":false,"message_count":5,"last_message_at":"2026-01-02T03:04:05Z",
"last_in_at":"2026-01-02T03:04:05Z","last_in_id":"acme:9","last_seq":5,
"answerable":{"public":true,"private":false,"reason":"not_offered"},"privately_answered":true,
"waiting_since":"2026-01-02T03:04:05Z","wait_kind":"next",
"responses":[{"since":"2026-01-02T03:04:05Z","ended_at":"2026-01-02T04:04:05Z","due_at":null,"kind":"first",
"how":"answered","agent":null,"judged":true,"target":"PT10800S","policy":"direct",
"breached_at":"2026-01-02T03:34:05Z","proactive":true}],
"due_at":"2026-01-02T06:04:05Z","warn_at":null,"closes_at":null,"version":207,
"horizon":"2026-01-01T03:04:05Z","labels":[{"tags":["vip"],"priority":"high","person_tags":["press"],
"at":"2026-01-02T03:04:05Z","undone_at":null}],"person_tags":["press"],
"takings":[{"at":"2026-01-02T03:04:05Z","undone_at":null}],"assigned_at":"2026-01-02T03:04:05Z",
"breached_at":null,"breaches":["2026-01-02T03:34:05Z"],"policy":"direct","automatic_count":1,"cases":[],
"case_since":"2026-01-02T03:04:05Z","mentioned":["bob"],"through_thanks":true,"only_thanks":false,
"unanswered":2,"language":"de","came_seq":5}
""",
    Message: """
{"id":"acme:1","conversation":"acme:direct:1","remote_id":"1","direction":"out",
"author":{"name":"Ada","handle":null,"remote_id":"7"},"text":"Grüße\\n\\"1\\" 🎉","sent_at":"2026-01-02T03:04:05Z",
"received_at":"2026-01-02T03:04:05.000001Z","seq":60,"edited_at":"2026-01-02T03:04:05Z","deleted_at":null,
"reply_to":"acme:0","attachments":[{"kind":"image","name":"a.png","url":"https://x.com/a.png"}],
"versions":[{"text":"Gruss","until":"2026-01-02T03:04:05Z","misread":true}],"url":null,"private":false,
"answerable":{"public":null,"private":null,"reason":null},"outbox":"o1","agent":"ann","time_known":false,
"hidden":true,"liked":false,"barred":["like","unlike"],"altered":false,"gone_at":null,"rank":2,"automatic":"perhaps","names":["7","Ada"],"notice":"staff"}
""",
    Context: """
{"id":"acme:0","remote_id":"0","author":{"name":null,"handle":"ada","remote_id":null},"ours":false,"text":"s5",
"sent_at":null,"reply_to":"acme:-1","root":"acme:-2","attachments":[],"url":"https://x.com/0","gone":true,"gone_at":null}
""",
    Draft: """
{"conversation":"acme:direct:1","agent":"ann","text":"On its","saved_at":"2026-01-02T03:04:05Z","seen_seq":32,
"private":false,"files":[{"path":"/a.png","kind":"image/png","size":18,"modified":25,"shows":"a cat"}]}
""",
    OutboxItem: """
{"id":"o1","key":"k1","conversation":"acme:direct:1","account":"acme","agent":"ann","text":"On its way.",
"private":true,"created_at":"2026-01-02T03:04:05Z","not_before":"2026-01-02T03:04:15Z","phase":"queued",
"reply_to":"acme:1","recipient":"7","seen_seq":88,"seen_at":"2026-01-02T03:04:05Z",
"attempts":[{"started_at":"2026-01-02T03:04:16Z","worker":"w1","on_wire_at":"2026-01-02T03:04:17Z",
"outcome":"timeout"}],
"looks":2,"remote_id":"17","sent_at":"2026-01-02T03:04:18Z","reason":"No answer.","next_step":"Look.",
"also_resolve":true,"files":["a.png"],"file_texts":["a cat"],
"attached":[{"path":"/a.png","kind":"image/png","size":18,"modified":25,"shows":"a cat"}],"after":"o0",
"deed":"hide","known_replies":["o2"]}
""",
    Event: """
{"conversation":"acme:direct:1","at":"2026-01-02T03:04:05Z","what":"assigned","agent":"ann",
"detail":{"to":"bob"}}
""",
}
"""By kind, with every field set: a new field goes in here, an old one stays what it is."""


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: str(kind.__name__))
def test_a_document_is_written_as_it_was_read(kind: type[Record]) -> None:
    document = DOCUMENTS[kind].replace("\n", "").encode()
    assert msgspec.json.encode(msgspec.json.decode(document, type=kind)) == document

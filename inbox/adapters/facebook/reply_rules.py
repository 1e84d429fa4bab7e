"""Until when Facebook takes an answer (facebook FACTS 1.2, 1.3, 7). No network, no clock.

Messenger and Instagram: 24 hours from the customer's last message, 7 days where the Page has the feature `human_agent`.
One private reply to a comment or a visitor's post, within 7 days.
"""

from __future__ import annotations

from datetime import timedelta

from inbox.domain.declarations import Window

RESPONSE_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)

_BY_A_PERSON = "a reply written by a person is taken for 7 days (human_agent)"
MESSENGER_WINDOW = Window(
    RESPONSE_WINDOW, "Messenger takes it within 24 hours of the customer's last message"
)
MESSENGER_EXTENDED = Window(HUMAN_AGENT_WINDOW, _BY_A_PERSON)
INSTAGRAM_WINDOW = Window(
    RESPONSE_WINDOW, "Instagram takes it within 24 hours of the customer's last message"
)
INSTAGRAM_EXTENDED = Window(HUMAN_AGENT_WINDOW, _BY_A_PERSON)
PRIVATE_REPLY = Window(PRIVATE_REPLY_WINDOW, "Facebook takes one, within 7 days of the comment")

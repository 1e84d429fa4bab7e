"""The screen. Knows the desk and the session, never a store, an adapter or the network.

`TEXTUAL_FPS` is read when Textual is imported: at 120 a second frame comes 11 ms sooner, at no measured cost.
"""

import os

os.environ.setdefault("TEXTUAL_FPS", "120")

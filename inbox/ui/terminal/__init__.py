"""Everything that depends on the inside of Textual, and the terminal itself.

The private names that are used are in `private_names.py`, with what each is for. Where the installed Textual differs,
or `INBOX_STOCK_TERMINAL=1` asks for it, Textual's own parts work instead.
"""

"""Rules for listening: what customers write about, in which tone, and when there is more of it than usual.

Pure functions of messages: who wrote what, when it was sent and when it was read. Nothing here decides about a person.
"""

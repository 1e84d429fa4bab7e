"""Text for people, shared by the screen and the command line: languages, words for states, cleaned text. No Textual."""

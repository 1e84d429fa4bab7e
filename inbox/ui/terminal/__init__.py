"""Everything that touches the inside of Textual or the terminal itself."""

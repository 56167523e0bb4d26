"""One planet: what a run made of it, and its page."""

"""Two runs side by side: what differs and what it is worth."""

"""When jobs began and ended, though polling sees it late, and the end of the recording cuts some off."""

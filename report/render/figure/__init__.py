"""How a chart is drawn: its style, its scales, its lines, what is marked in it, and the names of its lines."""

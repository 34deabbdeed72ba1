"""Any server that speaks the Model Context Protocol: its tools take approved answers, or tell what they know."""

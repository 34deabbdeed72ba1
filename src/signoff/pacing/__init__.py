"""How fast each connection may be asked: reserve a place, then settle what was used."""

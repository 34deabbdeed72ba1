"""Data routing: carries one record through its integration once, whatever crashes."""

"""The builder's page: a half-made integration as five cards, each with its faults and the coach's remarks."""

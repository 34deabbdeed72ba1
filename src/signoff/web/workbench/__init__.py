"""The builder's page: a half-made integration as four cards, each with its faults and the coach's remarks."""

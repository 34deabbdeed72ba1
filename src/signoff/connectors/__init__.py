"""One folder for each app, and what every app promises; knows no Django and no database."""

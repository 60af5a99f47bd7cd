"""What a WSGI server loads."""

from marketplace.app import create_served_app

app = create_served_app()

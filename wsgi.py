"""What a WSGI server loads."""

from marketplace.app import create_app

app = create_app()

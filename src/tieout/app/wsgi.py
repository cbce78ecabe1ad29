"""The web app as gunicorn loads it."""
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tieout.app.settings")
application = get_wsgi_application()

from tieout.app import wiring  # noqa: E402, F401  (joins the engine to its systems; needs Django to be set up)

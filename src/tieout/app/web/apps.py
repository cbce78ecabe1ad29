from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tieout.app.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Importing wiring gives the engine the two systems of every pair, which pages need for what was read."""
        from tieout.app import wiring

        assert callable(wiring.systems_for)

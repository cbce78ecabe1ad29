"""The web app: what people see and answer. Pages are drawn on the server from the rows and from `engine.views`."""

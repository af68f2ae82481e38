"""The REST, SOAP, OAuth 2.0 and Nango services."""

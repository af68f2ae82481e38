"""The landing folder: raw pages and the manifest to resume from."""

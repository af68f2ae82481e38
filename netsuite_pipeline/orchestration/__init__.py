"""Dagster: assets, job, schedule, resources and the component that ties them together."""

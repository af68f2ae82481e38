"""Concurrency limit, pacing, retries and the circuit breaker."""

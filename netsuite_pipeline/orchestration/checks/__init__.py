"""Asset checks: their executions, results and history."""

"""From when something is wrong: the same numbers for `qmi status`, the alert rules and the runbook, held by a test."""

# Seconds, but for LAG, a number of records, and ERROR_SHARE.
OUTBOX_AGE = 60
LAG = 1_000
PARKED_AGE = 900
OVERDUE_AGE = 60
DEAD_WITHIN = 3_600
DEADLINE_FAILED_WITHIN = 600
AUDIT_LAG = 300
ERROR_SHARE = 0.05
SLOW_ANSWER = 1
SLOW_RELAY = 1

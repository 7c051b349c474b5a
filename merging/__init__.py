"""Two customer records that are one party: suggested by what they share, merged by a person, taken apart again."""

"""The way of a record: job, plan, loop, lookup, work, sinks, summing, score."""

"""Whole syncs over real HTTP, while something goes wrong: kills, faults, outages, full disks, narrowed roles."""

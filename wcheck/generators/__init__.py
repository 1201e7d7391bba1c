"""Generators: functions from random latents to points, whose distribution is to become that of data."""

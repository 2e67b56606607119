"""Counters; nothing is counted at build time."""


def add_stat_value(key, value):
    return None


def time_point():
    return 0

"""Trainings on Ray's workers: the main process, the actor between, and the workers."""

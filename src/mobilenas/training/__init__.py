"""Training a network: the recipe, the fitting, its logs, and its weights on disk."""

from mobilenas.training.accuracy import recalibrate, top1
from mobilenas.training.fit import Training
from mobilenas.training.loggers import csv_logger, wandb_logger
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from mobilenas.training.short import ShortTraining
from mobilenas.training.weights import save_weights, trained_network

__all__ = [
    "Recipe",
    "Retrain",
    "ShortTraining",
    "Training",
    "csv_logger",
    "recalibrate",
    "save_weights",
    "top1",
    "trained_network",
    "wandb_logger",
]

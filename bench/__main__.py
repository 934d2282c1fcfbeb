"""All benchmarks that need no finished run: ``python -m bench``."""

from bench import binarized_step, controller, fair_step, gumbel_step, population_costs

if __name__ == "__main__":
    population_costs.main()
    fair_step.main()
    binarized_step.main()
    gumbel_step.main()
    controller.main()

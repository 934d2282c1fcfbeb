"""Five of the benchmarks: ``python -m bench``; the others run by name, for example ``python -m bench.constraints``.

``python -m bench.fuzz`` reads changed inputs of all kinds, and ``python -m bench.damage`` continues runs with a damaged
file.
"""

from bench import binarized_step, controller, fair_step, gumbel_step, population_costs

if __name__ == "__main__":
    population_costs.main()
    fair_step.main()
    binarized_step.main()
    gumbel_step.main()
    controller.main()

"""`make bench`: what there is to measure so far, which is how many pages the emulator answers a second."""

from netsuite_pipeline_tests.benchmarks.emulator_pages import main

main()

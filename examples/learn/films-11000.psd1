# The preset films on eight videos, in half an hour of two cores.
@{ Preset = 'films'; Films = '../films.csv'; Set = @{ 'trainer.train_num_steps' = 11000 } }

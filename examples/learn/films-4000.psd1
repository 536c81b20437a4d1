# The preset films on eight videos, in ten minutes on two cores.
@{ Preset = 'films'; Films = '../films.csv'; Set = @{ 'trainer.train_num_steps' = 4000 } }

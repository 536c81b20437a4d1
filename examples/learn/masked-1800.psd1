# The masked transformer over the same tokens, for the same arithmetic.
@{
    Preset = 'shapes-masked'
    Set = @{ 'trainer.train_num_steps' = 1800 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}

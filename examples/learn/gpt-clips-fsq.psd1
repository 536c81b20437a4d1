# shapes-gpt over the tokens of the autoencoder that comes along, in 12 000 steps.
@{
    Preset = 'shapes-gpt'
    Set = @{ 'tokens.codec' = 'clips-fsq'; 'trainer.train_num_steps' = 12000 }
    Clips = 10000
}

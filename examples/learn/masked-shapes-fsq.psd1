# shapes-masked on the tokens of gpt-shapes-fsq, in the same number of steps.
@{
    Preset = 'shapes-masked'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'trainer.train_num_steps' = 10500 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}

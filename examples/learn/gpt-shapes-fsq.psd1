# shapes-gpt with 80 tokens per clip from an autoencoder trained on shapes only, in 10 500 steps.
@{
    Preset = 'shapes-gpt'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'trainer.train_num_steps' = 10500 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}

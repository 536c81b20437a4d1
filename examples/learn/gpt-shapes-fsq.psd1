# shapes-gpt over 80 tokens a clip of an autoencoder of its own, which has seen nothing but shapes; 10 500 steps.
@{
    Preset = 'shapes-gpt'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'trainer.train_num_steps' = 10500 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}

# The masked transformer over the same tokens.
@{
    Preset = 'shapes-masked'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null; 'trainer.train_num_steps' = 3400 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}

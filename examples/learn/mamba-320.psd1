# The Mamba over the same tokens.
@{
    Preset = 'shapes-mamba'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null; 'model.block_size' = 320; 'trainer.train_num_steps' = 6000 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}

# The Mamba on the tokens of gpt-320.
@{
    Preset = 'shapes-mamba'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null; 'model.block_size' = 320; 'trainer.train_num_steps' = 6000 }
    Autoencoder = 'shapes-fsq'
    AutoencoderSet = @{ 'model.network_variant' = 's1x4x4_fsq'; 'model.fsq_levels' = @(5, 5, 5); 'model.n_hiddens' = $null }
    Clips = 10000
}

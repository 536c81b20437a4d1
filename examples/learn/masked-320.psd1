# The masked transformer on the tokens of gpt-320.
@{
    Preset = 'shapes-masked'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null; 'trainer.train_num_steps' = 3400 }
    Autoencoder = 'shapes-fsq'
    AutoencoderSet = @{ 'model.network_variant' = 's1x4x4_fsq'; 'model.fsq_levels' = @(5, 5, 5); 'model.n_hiddens' = $null }
    Clips = 10000
}

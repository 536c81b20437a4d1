# A masked transformer on the tokens of masked-320, without a convolution over neighboring tokens, in 1800 steps of 16 clips, sampled from all tokens.
@{
    Preset = 'shapes-masked'
    Set = @{
        'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null
        'model.position_conv' = $false
        'sampling.temperature' = 1; 'sampling.top_p' = $null; 'sampling.sampling_steps' = 12; 'sampling.guidance_scale' = 3
        'trainer.train_batch_size' = 16; 'trainer.adam_beta2' = 0.99; 'trainer.train_num_steps' = 1800
    }
    Autoencoder = 'shapes-fsq'
    AutoencoderSet = @{ 'model.network_variant' = 's1x4x4_fsq'; 'model.fsq_levels' = @(5, 5, 5); 'model.n_hiddens' = $null }
    Clips = 10000
}

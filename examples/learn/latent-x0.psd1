# shapes-latent with rotary embeddings only, less noise, and no convolution over neighboring patches.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'model.position_conv' = $false; 'diffusion.noise_shift' = 4
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}

# latent-x0-fine with a convolution over neighboring patches before each block.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'diffusion.noise_shift' = 4
        'model.patch_size' = 1; 'model.hidden_size' = 128; 'model.num_heads' = 4
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 1200
    }
    Clips = 10000
}

# latent-x0 with a convolution over neighboring patches before each block.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'diffusion.noise_shift' = 4
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}

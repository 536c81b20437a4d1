# latent-conv with objective v and noise_shift 6.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'diffusion.objective' = 'v'
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}

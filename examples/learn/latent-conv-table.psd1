# latent-conv-v with positions added as a table in place of rotary ones.
@{
    Preset = 'shapes-latent'
    Set = @{
        'diffusion.objective' = 'v'
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}

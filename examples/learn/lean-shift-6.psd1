# shapes-lean with 32 features and more noise, in 13 500 steps.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.noise_shift' = 6; 'trainer.train_num_steps' = 13500 }
    Clips = 10000
}

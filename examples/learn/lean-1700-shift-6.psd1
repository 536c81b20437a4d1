# lean-1700 with more noise.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.noise_shift' = 6; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

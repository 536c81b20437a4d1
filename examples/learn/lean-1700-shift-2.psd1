# lean-1700 with less noise.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.noise_shift' = 2; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

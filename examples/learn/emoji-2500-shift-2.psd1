# emoji-2500 with noise_shift 2 instead of 4.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500; 'diffusion.noise_shift' = 2 }
    Clips = 4000
    Sprites = 'emoji-24'
}

# emoji-2500 with noise_shift 6.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500; 'diffusion.noise_shift' = 6 }
    Clips = 4000
    Sprites = 'emoji-24'
}

# emoji-2500 predicting v.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500; 'diffusion.objective' = 'v' }
    Clips = 4000
    Sprites = 'emoji-24'
}

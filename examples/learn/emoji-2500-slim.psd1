# emoji-2500 with 16 features, 4700 steps.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 16; 'trainer.train_num_steps' = 4700 }
    Clips = 4000
    Sprites = 'emoji-24'
}

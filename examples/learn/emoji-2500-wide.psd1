# emoji-2500 with 48 features, 750 steps.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 48; 'trainer.train_num_steps' = 750 }
    Clips = 4000
    Sprites = 'emoji-24'
}

# The preset emoji with half its features, on 24 things, half trained, so that differences show.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500 }
    Clips = 4000
    Sprites = 'emoji-24'
}

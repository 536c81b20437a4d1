# emoji-2500 at twice the learning rate (0.003).
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500; 'trainer.train_lr' = 0.003 }
    Clips = 4000
    Sprites = 'emoji-24'
}

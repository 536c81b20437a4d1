# emoji-2500 with 5 % of captions dropped instead of 10 %.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500; 'trainer.cond_drop_prob' = 0.05 }
    Clips = 4000
    Sprites = 'emoji-24'
}

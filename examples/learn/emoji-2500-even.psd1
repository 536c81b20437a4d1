# emoji-2500 with the same weight for errors in resting and moving parts.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2500; 'diffusion.motion_weight' = 0 }
    Clips = 4000
    Sprites = 'emoji-24'
}

# sprites-lean on clips of one thing with one caption each, which teach nouns sooner than groups and relations do.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 48; 'diffusion.motion_weight' = 1; 'trainer.train_num_steps' = 90000 }
    Clips = 22000
    Sprites = 'emoji-one'
}

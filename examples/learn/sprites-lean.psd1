# shapes-lean with twice the features on emoji. At 32x32, a sprite covers three positions of the latents in each direction, as with twice the stem at 64x64, but
# moves by fewer pixels relative to them, so that there are fewer positions to learn.
@{
    Preset = 'shapes-lean'
    Set = @{
        'unet.dim' = 48; 'diffusion.motion_weight' = 1; 'trainer.captions' = 'drawn'; 'trainer.train_num_steps' = 45000
    }
    Clips = 20000
    Sprites = 'emoji'
}

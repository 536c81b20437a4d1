# The U-Net on blocks of 2x2 pixels predicts the clip in place of the velocity.
@{
    Preset = 'shapes-small'
    Set = @{ 'diffusion.objective' = 'x0'; 'trainer.train_num_steps' = 1000 }
    Clips = 10000
}

# shapes-lean with 32 features, in 1700 steps.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

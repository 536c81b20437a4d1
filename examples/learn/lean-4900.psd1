# shapes-lean with 32 features, in 4900 steps.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_num_steps' = 4900 }
    Clips = 10000
}

# lean-1700 with three quarters of the features, in 2800 steps, which take the same TFLOP.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2800 }
    Clips = 10000
}

# lean-4900 with three quarters of the features, in 8000 steps, which take the same TFLOP.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 8000 }
    Clips = 10000
}

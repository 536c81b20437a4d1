# lean-1700 with 1.5 times the features, in 810 steps, which take the same TFLOP.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 48; 'trainer.train_num_steps' = 810 }
    Clips = 10000
}

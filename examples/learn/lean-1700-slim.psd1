# lean-1700 with half of the features, in 5400 steps, which take the same TFLOP.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 16; 'trainer.train_num_steps' = 5400 }
    Clips = 10000
}

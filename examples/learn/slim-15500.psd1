# lean-4900 with half of the features, in 15 500 steps, which take the same TFLOP.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 16; 'trainer.train_num_steps' = 15500 }
    Clips = 10000
}

# The U-Net over pixels in twice its steps: 238 TFLOP.
@{
    Preset = 'shapes-small'
    Set = @{ 'trainer.train_num_steps' = 6000 }
    Clips = 10000
}

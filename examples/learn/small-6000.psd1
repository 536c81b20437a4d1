# The U-Net over pixels for as long as its row in docs/families.md: 238 TFLOP.
@{
    Preset = 'shapes-small'
    Set = @{ 'trainer.train_num_steps' = 6000 }
    Clips = 10000
}

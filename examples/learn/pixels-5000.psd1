# shapes-pixels in 5000 steps.
@{
    Preset = 'shapes-pixels'
    Set = @{ 'trainer.train_num_steps' = 5000 }
    Clips = 10000
}

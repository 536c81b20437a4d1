# shapes-lean in 4900 steps.
@{
    Preset = 'shapes-lean'
    Set = @{ 'trainer.train_num_steps' = 4900 }
    Clips = 10000
}

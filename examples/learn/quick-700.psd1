# shapes-quick in a third of its steps.
@{
    Preset = 'shapes-quick'
    Set = @{ 'trainer.train_num_steps' = 700 }
}

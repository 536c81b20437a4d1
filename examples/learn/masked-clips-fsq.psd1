# shapes-masked over the same tokens, in 12 000 steps.
@{
    Preset = 'shapes-masked'
    Set = @{ 'tokens.codec' = 'clips-fsq'; 'trainer.train_num_steps' = 12000 }
    Clips = 10000
}

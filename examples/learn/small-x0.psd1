# shapes-small with objective x0 instead of v, in 1000 steps.
@{
    Preset = 'shapes-small'
    Set = @{ 'diffusion.objective' = 'x0'; 'trainer.train_num_steps' = 1000 }
    Clips = 10000
}

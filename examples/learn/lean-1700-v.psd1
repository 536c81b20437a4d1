# lean-1700 predicts v.
@{
    Preset = 'shapes-lean'
    Set = @{ 'diffusion.objective' = 'v'; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

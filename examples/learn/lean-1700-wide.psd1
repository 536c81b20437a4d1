# lean-1700 with half more features, in 810 steps for the same arithmetic.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 48; 'trainer.train_num_steps' = 810 }
    Clips = 10000
}

# quick-shift-3 with twice the learning rate.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 3; 'trainer.train_lr' = 0.004 }
    Clips = 10000
}

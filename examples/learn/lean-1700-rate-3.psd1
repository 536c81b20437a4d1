# lean-1700 with twice the learning rate.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_lr' = 0.003; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

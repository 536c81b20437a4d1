# lean-1700 without its caption in three examples of ten.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.cond_drop_prob' = 0.3; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

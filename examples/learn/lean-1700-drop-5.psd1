# lean-1700 with 5 % of the captions dropped.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.cond_drop_prob' = 0.05; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

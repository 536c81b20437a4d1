# lean-1700 with a constant learning rate.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.lr_schedule' = 'constant'; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

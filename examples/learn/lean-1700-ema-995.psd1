# lean-1700 with an EMA over four times as many steps.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.ema_decay' = 0.995; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

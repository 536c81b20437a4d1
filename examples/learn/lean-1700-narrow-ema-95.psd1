# lean-1700-narrow with an EMA over 80 steps instead of 200.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 2800; 'trainer.ema_decay' = 0.95 }
    Clips = 10000
}

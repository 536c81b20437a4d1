# lean-1700 computed in float32 all through.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.amp' = $false; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}

# lean-1700 in float32.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.amp' = $false; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
